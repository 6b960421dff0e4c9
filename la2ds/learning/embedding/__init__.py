"""Embedding every frame of every clip, with a network or by a formula."""
