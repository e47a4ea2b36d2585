"""Makers: models of other people that paint pictures to order."""
