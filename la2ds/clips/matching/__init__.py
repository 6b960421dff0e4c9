"""Two clips or many brought onto one time, and what follows from it."""
