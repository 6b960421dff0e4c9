"""The shard files of an action, as verbs are given them."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Shards:
    """Shard files of an action, each kind in the order of the shards; empty where not needed."""

    keypoints: Sequence[str] = ()
    heatmaps: Sequence[str] = ()
    frames: Sequence[str] = ()
    features: Sequence[str] = ()


def add_shard_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options that name shards; the method's input decides which are needed."""
    for name in ("keypoints", "heatmaps", "frames", "features"):
        parser.add_argument(f"--{name}", nargs="*", default=[], help=f"{name} shards of the action")


def shards_of(args: argparse.Namespace) -> Shards:
    """Read the options of ``add_shard_arguments``."""
    return Shards(args.keypoints, args.heatmaps, args.frames, args.features)
