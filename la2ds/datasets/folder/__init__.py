"""People's own videos: a folder for each action, with or without labels."""
