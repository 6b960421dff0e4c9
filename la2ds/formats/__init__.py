"""The files that stages hand to each other, and the small types in them.

Every reader checks the schema version and refuses what it does not know; every writer writes a whole file or none.
A clip is a video as a (T, ...) array; ``video_id`` is its name everywhere.
"""
