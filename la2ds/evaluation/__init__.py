"""Scoring embeddings, whoever made them."""
