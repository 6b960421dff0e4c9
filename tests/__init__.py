"""Tests, in folders named like the rooms of the package; what several of them need is in ``fixtures``."""
