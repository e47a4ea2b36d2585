"""Pictures and clips: what they are."""
