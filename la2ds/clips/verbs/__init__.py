"""The verbs for people with clips: compare, carry, odd, reps, learn."""
