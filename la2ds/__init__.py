"""Self-supervised alignment of human activity videos from 2D skeleton heatmaps."""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Clip", "__version__"]  # noqa: F405

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
