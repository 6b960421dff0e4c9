"""How films and series of pictures are read: FFmpeg's frames, in order of presentation, each at its own time."""
