"""Random changes of the input of a network in training."""
