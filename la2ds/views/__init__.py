"""From keypoints and pictures to the input of a network."""
