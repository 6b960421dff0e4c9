"""Key events found in keypoints by rules, where nobody labelled any."""
