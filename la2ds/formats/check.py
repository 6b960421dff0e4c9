"""``check.csv``: which clips do not show the movement of the others of their action, once, from start to end."""

CHECK_COLUMNS = ["video", "problem", "distance", "repetitions"]
# What a problem is called -> what to tell people of one clip.
PROBLEMS: dict[str, str] = {
    "still": "hardly anything moves",
    "unseen": "too few joints are seen",
    "other": "the movement is not that of the others",
    "reversed": "it runs backwards, against the others",
    "mirrored": "it is the mirror image of most others",
    "repeated": "it shows the movement several times: la2ds reps cuts it",
}
NAMED = 5  # clips that are named of each problem


def some_of(names: list[str]) -> str:
    """Name a few clips, and count the others."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"
