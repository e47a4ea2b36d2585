"""Trends, news and competitors."""
