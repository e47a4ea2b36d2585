"""Databases and files: ledger, lake, warehouse, blobs, models, brand files."""
