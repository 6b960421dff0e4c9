"""Clips as small pictures, cut from the JPEG frames of shards: what networks see of a video."""

import math
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from la2ds.config import PictureSpec
from la2ds.errors import InputError
from la2ds.formats.frames import read_frames
from la2ds.formats.keypoints import Keypoints
from la2ds.views.joints import square_box

LARGEST = 4096  # pixels on a side of what is averaged; a stray joint can make a box of any size


def read_pictures(
    paths: Sequence[str | Path],
    *,
    spec: PictureSpec,
    keypoints: Mapping[str, Keypoints] | None,
    box: float,
    video_ids: Container[str],
    sizes: Mapping[str, tuple[int, int]],
) -> dict[str, np.ndarray]:
    """Read clips as pictures; see ``stream_pictures``, which holds one clip at a time.

    Returns:
        video_id -> (T, 3, S, S) uint8, red, green, blue.
    """
    clips: dict[str, np.ndarray] = {}
    for path in paths:
        clips |= stream_pictures(path, spec=spec, keypoints=keypoints, box=box, video_ids=video_ids, sizes=sizes)
    return clips


def stream_pictures(
    path: str | Path,
    *,
    spec: PictureSpec,
    keypoints: Mapping[str, Keypoints] | None,
    box: float,
    video_ids: Container[str],
    sizes: Mapping[str, tuple[int, int]],
) -> Iterator[tuple[str, np.ndarray]]:
    """Read the clips of one frames shard as pictures.

    Crop ``frame`` squeezes the whole picture into a square, whatever its shape. Crop ``box`` shows the clip's square
    box around the person, the one heatmaps are drawn in, so that a place is the same place in both; where it reaches
    beyond the picture, the picture's border is repeated. A clip without any joint has no box and shows the whole
    picture.

    Args:
        path: frames shard.
        spec: which part is shown, and in how many pixels.
        keypoints: poses in pixels of the original videos; needed for crop ``box``, where clips without an entry are
            left out.
        box: enlargement of the box, see ``square_box``.
        video_ids: the clips to read.
        sizes: video_id -> width and height of the original video; frames may be stored smaller.

    Yields:
        video_id and (T, 3, S, S) uint8, red, green, blue.

    Raises:
        InputError: if a frame is no JPEG, or a clip has another number of frames than of poses.
        ValueError: if crop ``box`` has no poses in two dimensions.
    """
    if spec.crop == "box" and keypoints is None:
        raise ValueError("pictures of the box around the person need keypoints")
    _prepare_opencv()
    for video_id, _, images in read_frames(path):
        if video_id not in video_ids:
            continue
        region = (0.0, 0.0, 1.0, 1.0)
        if spec.crop == "box" and keypoints is not None:
            if video_id not in keypoints:
                continue
            clip = keypoints[video_id]
            if len(clip.position) != len(images):
                expected = f"{len(clip.position)} frames of {video_id}, as many as it has poses"
                raise InputError(path, expected=expected, found=str(len(images)))
            region = box_region(clip, box=box, size=sizes[video_id])
        yield video_id, _cut_clip(images, region, size=spec.size, file=path, video_id=video_id)


def _prepare_opencv() -> None:
    """Import OpenCV: late, for heatmaps are trained and embedded without it."""
    import cv2

    cv2.setNumThreads(1)  # jobs run side by side: OpenCV must not start a thread per core in each


def box_region(clip: Keypoints, *, box: float, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Give the clip's box as shares of the picture, which hold at any size the picture is stored in.

    Args:
        clip: (T, J, 2) pixels of the original video.
        box: enlargement.
        size: width and height of the original video.

    Returns:
        left, top, width, height; may reach beyond 0 and 1.
    """
    if clip.position.shape[-1] != 2:
        raise ValueError(f"a box around the person needs 2D keypoints, got {clip.position.shape[-1]} dimensions")
    if not np.isfinite(clip.position).all(-1).any():
        return 0.0, 0.0, 1.0, 1.0
    (left, top), side = square_box(clip.position, clip.confidence, enlarge=box)
    width, height = size
    return float(left) / width, float(top) / height, side / width, side / height


def cut(picture: np.ndarray, region: tuple[float, float, float, float], *, size: int) -> np.ndarray:
    """Show a part of a picture in size x size pixels, each the mean of what it covers.

    OpenCV averages only over whole pixels, and samples at fractions only without averaging: so the part is sampled
    first, in a whole multiple of the size and not coarser than the picture, and then averaged.

    Args:
        picture: (H, W, 3) uint8.
        region: left, top, width, height as shares of the picture; beyond it, its border is repeated.
        size: pixels of the result.

    Returns:
        (size, size, 3) uint8.
    """
    import cv2

    height, width = picture.shape[:2]
    left, top, across, down = region[0] * width, region[1] * height, region[2] * width, region[3] * height
    factor = min(max(1, math.ceil(max(across, down) / size)), max(1, LARGEST // size))
    fine = size * factor
    # Pixel n of the result has its centre at (n + 1/2) steps; pixel n of a picture at n + 1/2.
    x, y = across / fine, down / fine
    matrix = np.array([[x, 0, left + x / 2 - 0.5], [0, y, top + y / 2 - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    sampled = cv2.warpAffine(picture, matrix, (fine, fine), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return sampled if factor == 1 else cv2.resize(sampled, (size, size), interpolation=cv2.INTER_AREA)


def _cut_clip(
    images: list[bytes], region: tuple[float, float, float, float], *, size: int, file: str | Path, video_id: str
) -> np.ndarray:
    """Decode and cut every frame: (T, 3, S, S)."""
    clip = np.empty((len(images), 3, size, size), np.uint8)
    reduction = 1
    for frame, image in enumerate(images):
        picture = decode(image, reduction=reduction)
        if picture is None:
            raise InputError(file, expected=f"a JPEG as frame {frame} of {video_id}", found="something else")
        clip[frame] = cut(picture, region, size=size)[:, :, ::-1].transpose(2, 0, 1)
        if frame == 0:
            reduction = _reduction(picture, region, size=size)
    return clip


def decode(image: bytes, *, reduction: int = 1) -> np.ndarray | None:
    """Decode a JPEG file to (H, W, 3) uint8 in OpenCV's order (blue first); None if it is none.

    Args:
        image: the file.
        reduction: 1, 2, 4 or 8: the part of its height and width that is decoded, which saves most of the work.
    """
    import cv2

    flags = cv2.IMREAD_COLOR if reduction == 1 else getattr(cv2, f"IMREAD_REDUCED_COLOR_{reduction}")
    data = np.frombuffer(image, np.uint8)
    return cv2.imdecode(data, flags) if len(data) else None


def _reduction(picture: np.ndarray, region: tuple[float, float, float, float], *, size: int) -> int:
    """Choose how far decoding may reduce a picture so that two of its pixels are left for each one shown."""
    height, width = picture.shape[:2]
    spare = min(region[2] * width, region[3] * height) / (2 * size)
    return next((reduction for reduction in (8, 4, 2) if reduction <= spare), 1)


def plain_pictures(pictures: Tensor) -> Tensor:
    """Scale bytes to what networks see: uint8 of any shape -> float32 in [-1, 1]."""
    return pictures.float().div_(127.5).sub_(1)
