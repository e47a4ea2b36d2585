"""Analytics files: one module per format."""
