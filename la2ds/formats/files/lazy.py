"""Clips that are read or made when they are asked for, since an action may have more of them than memory holds."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np


class LazyClips(Mapping[str, np.ndarray]):
    """video_id -> (T, ...) values, read or made anew whenever a clip is asked for, and not kept."""

    def __init__(self, readers: Mapping[str, Callable[[], np.ndarray]]) -> None:
        self._readers = dict(readers)

    def __getitem__(self, video_id: str) -> np.ndarray:
        return self._readers[video_id]()

    def __contains__(self, video_id: object) -> bool:
        return video_id in self._readers  # the inherited way would read the clip

    def __iter__(self) -> Iterator[str]:
        return iter(self._readers)

    def __len__(self) -> int:
        return len(self._readers)
