"""Random changes of what a network sees in training."""
