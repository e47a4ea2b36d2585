"""Models, pure: frames in, frames out."""
