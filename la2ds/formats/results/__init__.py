"""What is known of runs: their metrics, what those are made of, and where they come from."""
