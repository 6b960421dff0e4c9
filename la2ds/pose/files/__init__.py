"""Pose files that other programs wrote."""
