"""Composition for Dagster: what runs, and when."""
