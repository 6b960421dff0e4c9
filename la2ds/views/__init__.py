"""From keypoints and pictures to what a network sees."""
