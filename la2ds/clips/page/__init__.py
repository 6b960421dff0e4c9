"""The page of two clips in step: one HTML file that needs nothing beside it."""
