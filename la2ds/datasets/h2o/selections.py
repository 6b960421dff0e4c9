"""Which sequences of H2O show milk being poured, and what counts as a phase.

The phases are H2O's own actions with the milk, in the order in which most sequences show them; everything else is
background. In 3 of the 15 training sequences the milk is put down or taken up a second time.

Two selections:

* ``official``: every sequence of the published lists in which milk is poured, split as they are: 15 and 3.
* ``casa``: the 27 and 11 sequences of CASA (Kwon et al., ECCV 2022), known from code that builds on it. Their subjects
  5 to 10 are not in the published lists, and subject 3 is for testing though most of it is in the training list. CASA's
  ten phases, which its authors marked by hand, are not available: the phases are H2O's here, too, so numbers cannot be
  compared with CASA's.
"""

from collections.abc import Mapping

from la2ds.datasets.h2o.lists import Listed

ACTION = "pouring_milk"
# H2O's number of each phase's action, phase 0 first: place, grab, open, pour, close milk.
PHASES = (13, 5, 18, 23, 21)
POUR = 23
# selection -> sequences for training and for validation
PUBLISHED = {"official": (15, 3), "casa": (27, 11)}

# split -> subject -> place/number
_CASA = {
    "train": {
        "subject1": ("h1/1", "h2/1", "k1/1", "k2/1", "o1/1", "o2/1"),
        "subject2": ("h1/1", "h2/1", "k1/1", "k2/1"),
        "subject5": ("s1/5", "s2/4", "s3/4", "s4/6"),
        "subject7": ("s1/6", "s2/2", "s3/2", "s4/1"),
        "subject8": ("s1/2", "s2/7"),
        "subject9": ("s1/5", "s2/1", "s3/4", "s4/6"),
        "subject10": ("s1/5", "s2/7", "s4/4"),
    },
    "val": {
        "subject3": ("h1/1", "h2/1", "k1/1", "k2/1", "o1/1", "o2/1"),
        "subject4": ("k1/1",),
        "subject6": ("s1/7", "s2/3", "s3/2", "s4/2"),
    },
}


def select(selection: str, listed: Mapping[str, Listed]) -> dict[str, str]:
    """Give the paths of a selection's sequences, with train or val.

    Args:
        selection: a key of ``PUBLISHED``.
        listed: the published lists.
    """
    if selection == "official":
        return {path: of.split for path, of in listed.items() if any(action == POUR for action, _, _ in of.segments)}
    return {
        f"{subject}/{rest}": split
        for split, subjects in _CASA.items()
        for subject, rests in subjects.items()
        for rest in rests
    }
