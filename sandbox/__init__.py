"""A local social network that speaks the platforms' own wire protocols."""
