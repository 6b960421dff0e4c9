"""Networks, what they are trained on, and what they make of clips."""
