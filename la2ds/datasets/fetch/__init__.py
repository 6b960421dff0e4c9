"""Downloading datasets, or saying how to get them."""
