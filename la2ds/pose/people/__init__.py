"""Several people in a picture: who is who from frame to frame, and whom the clip is about."""
