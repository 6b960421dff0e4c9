"""Skeletons and pose estimators."""
