"""Pictures of a run, for its page in MLflow."""

import math
from pathlib import Path


def draw_loss(path: Path, title: str, steps: list[float | None], losses: list[float | None]) -> None:
    """Draw the loss over the steps; a step without a number leaves a gap."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    pairs = [(math.nan if s is None else s, math.nan if v is None else v) for s, v in zip(steps, losses, strict=True)]
    axes.plot(*zip(*pairs, strict=True))
    axes.set(xlabel="step", ylabel="loss", title=title)
    figure.savefig(path, dpi=110)
