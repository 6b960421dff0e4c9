"""The demo: clips of a drawn person, made here, with their ground truth."""
