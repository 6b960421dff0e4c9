"""How files are written whole, read, and checked, whatever is in them."""
