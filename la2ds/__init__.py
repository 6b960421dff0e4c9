"""Self-supervised alignment of human activity videos from 2D skeleton heatmaps."""

__version__ = "0.1.0"
