"""The way in from the world: analytics files and feeds."""
