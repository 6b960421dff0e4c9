"""Settings of poses that are estimated from pictures, and of what is done about missing joints."""

from dataclasses import dataclass, field
from typing import Literal

from la2ds.config.strict import require, within


@dataclass(frozen=True)
class FillGapsConfig:
    """Joints that are missing for a few frames only, put where they should be.

    Attributes:
        kind: none, or linear for the straight way between the frames before and after.
        frames: longest gap that is filled; longer ones, and those at a clip's ends, stay missing.
        confidence: confidence of a filled joint, as a share of the lower one before and after.
    """

    kind: Literal["none", "linear"] = "none"
    frames: int = 5
    confidence: float = 0.5

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        within(self, 1, 1_000_000, "frames")
        within(self, 0, 1, "confidence", above=True)


@dataclass(frozen=True)
class EstimationConfig:
    """How poses are estimated from pictures.

    Attributes:
        people: most people looked for in a picture; above 1 the subject is followed among them.
        weights: weights of rtmpose (ONNX), relative to the repository. MediaPipe's are named in config.yaml.
        detector: weights of a detector of people for rtmpose (ONNX); empty to look at the whole picture first, then
            around the last frame's joints, which is for one person.
        detector_kind: what the detector was trained as, which says how its pictures are prepared.
        fill_gaps: what is done about missing joints, whatever the pose source.
        least_found: share of a clip's joints, over all its frames, that must be found, whatever the pose source; clips
            with less, and those without any, are not used and stand in the quarantine list.
    """

    people: int = 1
    weights: str = "models/rtmpose_m.onnx"
    detector: str = ""
    detector_kind: Literal["yolox", "rtmdet"] = "yolox"
    fill_gaps: FillGapsConfig = field(default_factory=FillGapsConfig)
    least_found: float = 0.1

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        within(self, 1, 50, "people")
        require(bool(self.weights), "weights", "a file", repr(self.weights))
        require(0 <= self.least_found <= 1, "least_found", "between 0 and 1", self.least_found)
