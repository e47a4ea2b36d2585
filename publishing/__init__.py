"""The way out: one door, exactly once."""
