"""The two MediaPipe task files there are: where each comes from, and how it is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field

_PLACE = "https://storage.googleapis.com/mediapipe-models"


@dataclass(frozen=True)
class Landmarker:
    """A task file of MediaPipe.

    Attributes:
        kind: what ``pack_landmarker`` calls it.
        url: the official download.
        variable: the environment variable that names a copy of it.
        option: what the verb ``weights`` is told to get it.
        built_sha256: of the file that ``pack_landmarker`` makes.
        members_sha256: of the models in that file, by their names.
        instead: what to do without it, for the message.
    """

    kind: str
    url: str
    variable: str
    option: str
    built_sha256: str
    members_sha256: Mapping[str, str] = field(hash=False)
    instead: str

    @property
    def title(self) -> str:
        """Give its name in messages."""
        return f"{self.kind} landmarker"


POSE = Landmarker(
    kind="pose",
    url=f"{_PLACE}/pose_landmarker/pose_landmarker_full/float16/1/pose_landmarker_full.task",
    variable="LA2DS_POSE_WEIGHTS",
    option="",
    built_sha256="3383aa21e326a23d69b1ffb10c1924c9b5c6ad1792fc37b1045491b5f5119aa7",
    members_sha256={
        "pose_detector.tflite": "c7a55f1ac750a11044e62c071d5e7a41daeceaba149ed3dc3591701992c8b5e2",
        "pose_landmarks_detector.tflite": "21587d0e7203334d8eacc841dd16d6bca7b620a33f509dcfe983954f77a6bd35",
    },
    instead="the line `pose: annotations` in config/datasets/demo.yaml, which needs no weights",
)
HAND = Landmarker(
    kind="hand",
    url=f"{_PLACE}/hand_landmarker/hand_landmarker/float16/1/hand_landmarker.task",
    variable="LA2DS_HAND_WEIGHTS",
    option=" --hands",
    built_sha256="30fc26005faf7237b1b6b74de8f7173f4af247f3ed343340a3516e92bedf2854",
    members_sha256={
        "hand_detector.tflite": "eb8da2a55672dfbe3e8d24fc997634c4f86c9505c1ce9d069b6bfc9e5c34f55e",
        "hand_landmarks_detector.tflite": "dd6895b28327d52e5b541a1fe67311fc420149c87152728bc036ba712e5595dc",
    },
    instead="hands that another program found, such as `pose: openpose`, which need no weights",
)
