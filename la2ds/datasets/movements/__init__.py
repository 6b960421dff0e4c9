"""Made-up kinds of movement, each performed by many people: what the pretrained network has learned from."""
