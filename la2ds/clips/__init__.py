"""Clips at hand: compared, events carried from one to others, repetitions ranked, a model of one's own learned."""
