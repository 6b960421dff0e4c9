"""IKEA ASM: people who assemble furniture."""
