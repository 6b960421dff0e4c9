"""Self-supervised alignment of human activity videos from 2D skeleton heatmaps."""

import importlib
from typing import TYPE_CHECKING, Any

from la2ds.version import __version__

__all__ = [
    "Clip",  # noqa: F405
    "InputError",  # noqa: F405
    "Match",  # noqa: F405
    "Matched",  # noqa: F405
    "Model",  # noqa: F405
    "__version__",
    "align",  # noqa: F405
    "carry",  # noqa: F405
    "check",  # noqa: F405
    "evaluate",  # noqa: F405
    "from_arrays",  # noqa: F405
    "learn",  # noqa: F405
    "load",  # noqa: F405
    "odd",  # noqa: F405
    "read",  # noqa: F405
    "reps",  # noqa: F405
    "timeline",  # noqa: F405
]

if TYPE_CHECKING:
    from la2ds.api import *  # noqa: F403
else:  # Late, for every verb and every plan imports this file (PEP 562).

    def __getattr__(name: str) -> Any:
        """Take a name from ``la2ds.api``."""
        if name not in __all__:
            raise AttributeError(f"module 'la2ds' has no attribute {name!r}")
        from la2ds.extras import extras_named

        with extras_named():
            return getattr(importlib.import_module("la2ds.api"), name)

    def __dir__() -> list[str]:
        """List these names too."""
        return sorted({*globals(), *__all__})
