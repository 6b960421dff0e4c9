"""The files that stages hand to each other, and the small types in them."""
