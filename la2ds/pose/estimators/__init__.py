"""Programs that find joints in pictures."""
