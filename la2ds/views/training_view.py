"""From clips to the views of a training step, with their true times."""

import torch
from torch import Generator, Tensor

from la2ds.config import MethodConfig
from la2ds.formats.skeletons import Skeleton
from la2ds.views.augment.pictures import change_pictures
from la2ds.views.augment.plane import change_space
from la2ds.views.augment.skeleton import skeleton_points
from la2ds.views.augment.time import draw_times, fast_frames
from la2ds.views.clips import ClipBatch, whole_frames
from la2ds.views.coordinates import joint_vectors
from la2ds.views.heatmaps import render
from la2ds.views.pictures import plain_pictures
from la2ds.views.view import View, places_of


def training_view(
    clips: ClipBatch,
    generator: Generator,
    *,
    method: MethodConfig,
    skeleton: Skeleton | None,
    augment: bool,
    times: Tensor | None = None,
) -> View:
    """Draw one view of each clip.

    Args:
        clips: B clips.
        generator: where randomness comes from (CPU).
        method: settings.
        skeleton: joint set of the clips; None where they are pictures alone.
        augment: False for the "original": sampled views are cropped and warped in time like the copy (else first and
            last frame would give time away), but not changed in space; whole clips are not changed at all.
        times: (B, F) the times to show, as shares of the clip; drawn by the augmentation where not given.
    """
    times, valid = _draw_frames(clips, generator, method=method, augment=augment, times=times)
    position, confidence = clips.joints_at(times * (clips.lengths[:, None] - 1))
    affine = None
    if augment and method.augmentation.space == "plane" and skeleton is not None:
        position, confidence, affine = change_space(
            position, confidence, generator, config=method.augmentation, partners=skeleton.mirror
        )
    return View(
        places=places_of(times, method),
        times=times,
        valid=valid,
        maps=_maps(position, confidence, method=method, skeleton=skeleton),
        points=_points(position, valid, generator if augment else None, method=method, skeleton=skeleton),
        pictures=_pictures(clips, times, affine, generator if augment else None, method=method),
        shown=_draw_shown(len(times), generator, method=method).to(times.device),
    )


def _draw_frames(
    clips: ClipBatch, generator: Generator, *, method: MethodConfig, augment: bool, times: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Choose the frames of each view: (B, F) times as shares of the clip, and (B, F) whether there is a frame."""
    encoder, config = method.encoder, method.augmentation
    if times is None and encoder.frames == 0:
        lengths = clips.lengths.cpu()
        if augment:
            frames, valid = fast_frames(lengths, generator, largest=config.deletion, pad_to=encoder.pad_to)
        else:
            frames, valid = whole_frames(lengths, pad_to=encoder.pad_to)
        times = frames / (lengths[:, None] - 1).clamp(min=1)
        return times.to(clips.position.device), valid.to(clips.position.device)
    if times is None:
        times = draw_times(len(clips.lengths), encoder.frames, generator, config=config)
    times = times.to(clips.position.device)
    return times, torch.ones_like(times, dtype=torch.bool)


def _maps(position: Tensor, confidence: Tensor, *, method: MethodConfig, skeleton: Skeleton | None) -> Tensor | None:
    """Draw the joints in their box, where maps are the input."""
    if skeleton is None or not method.input.uses_heatmaps:
        return None
    return render(position, confidence, spec=method.input.heatmaps, skeleton=skeleton)


def _points(
    position: Tensor, valid: Tensor, generator: Generator | None, *, method: MethodConfig, skeleton: Skeleton | None
) -> Tensor | None:
    """Give the joints as numbers, where they are the input; changed at random where there is a generator."""
    if skeleton is None or method.input.kind != "coordinates":
        return None
    coordinates, config = method.input.coordinates, method.augmentation
    if generator is None or config.space != "skeleton":
        return joint_vectors(position, valid, skeleton=skeleton, config=coordinates)
    return skeleton_points(
        position, valid, generator, skeleton=skeleton, coordinates=coordinates, config=config.skeleton
    )


def _pictures(
    clips: ClipBatch, times: Tensor, affine: Tensor | None, generator: Generator | None, *, method: MethodConfig
) -> Tensor | None:
    """Give the pictures nearest in time; stored features cannot be changed any more, so they are shown as they are."""
    pictures = clips.pictures_at((times * (clips.lengths[:, None] - 1)).round().long())
    if pictures is None or not method.input.uses_pictures:
        return None
    if not method.input.pictures.trained:
        return pictures.float()
    if generator is None:
        return plain_pictures(pictures)
    # Pictures that are cut like the maps follow them, so that a place stays the same place in both.
    together = method.input.uses_heatmaps and method.input.pictures.crop == "box"
    return change_pictures(
        pictures, generator, config=method.augmentation.pictures, affine=affine if together else None
    )


def _draw_shown(count: int, generator: Generator, *, method: MethodConfig) -> Tensor:
    """Draw which inputs a fusion is shown: (count, 2) heatmaps, pictures; never neither."""
    share = method.encoder.modality_dropout
    shown = torch.ones(count, 2, dtype=torch.bool)
    if method.input.kind == "heatmaps_rgb" and share:
        drawn = torch.rand(count, generator=generator)
        shown = torch.stack([drawn >= share, drawn < 1 - share], -1)
    return shown
