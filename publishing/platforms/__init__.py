"""Adapters: one module per platform behind one small interface."""
