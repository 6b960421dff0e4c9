"""What ``import la2ds`` gives, loaded when a name of it is first used."""

from la2ds.clips.clip import Clip

__all__ = ["Clip"]
