"""Frozen networks for pictures, trained by others on ImageNet: what they make of frames is stored once."""
