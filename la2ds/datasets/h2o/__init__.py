"""H2O: two hands and an object, filmed from the wearer's head."""
