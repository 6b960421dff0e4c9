"""Hours of broken files for every parser of what others made; by hand, not by pytest (see docs/reliability.md)."""
