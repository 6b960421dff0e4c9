"""The report's pictures, one per file; each is a verb of its own that reads result files and writes one PNG."""
