"""Phase progression: how well a linear map of the embedding predicts the time to each key event."""

import logging

import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

from la2ds.config import ProtocolConfig
from la2ds.evaluation.metrics.clips import ActionClips, Clip, first_videos, labelled, stack
from la2ds.evaluation.metrics.events import ABSENT, event_frames, impute_events
from la2ds.formats.results.metrics import Row
from la2ds.formats.results.units import event_units

log = logging.getLogger(__name__)


def phase_progression(data: ActionClips, protocol: ProtocolConfig) -> list[Row]:
    """R^2 of ordinary least squares from the embedding to the signed time to each key event.

    The target of frame t and event e is (t - e) / T, negative before the event. One regressor with intercept per event,
    no scaling, no regularisation; R^2 per event over all val frames together, then the mean over events (Dwibedi et
    al., TCC, CVPR 2019; CARL and CASA the same, CASA with all labels only). It may be negative without
    bound. An event whose phase a video lacks is imputed by TCC's transition variant.

    Returns:
        one row per share of labelled train videos: n val frames; dropped (video, event) cells that were imputed, in the
        train videos used and in val, or left out with videos that have no label at all. NaN with n = 0 where the action
        has fewer than two phases, or a split no label.
    """
    if not protocol.progression:
        return []
    return [_fraction_row(data, fraction) for fraction in sorted(protocol.label_fractions, reverse=True)]


def _fraction_row(data: ActionClips, fraction: float) -> Row:
    variant, phases = f"labels={fraction}", data.phase_count
    if phases < 2:
        log.warning("phase_progression: no key event, since the action has %d phases", phases)
        return Row("phase_progression", variant, float("nan"), 0, 0)
    train, val = labelled(data.train), labelled(data.val)
    without = len(data.train) - len(train) + len(data.val) - len(val)
    if without:
        log.warning("phase_progression, %s: %d videos have no label and are left out", variant, without)
    left_out = without * (phases - 1)
    if not train or not val:
        return Row("phase_progression", variant, float("nan"), 0, left_out)
    train = first_videos(train, fraction)
    target, imputed = progress(train, phases)
    val_target, val_imputed = progress(val, phases)
    if imputed + val_imputed:
        log.warning("phase_progression, %s: %d key events imputed", variant, imputed + val_imputed)
    model = LinearRegression().fit(stack(train)[0], target)
    predicted = model.predict(stack(val)[0]).reshape(val_target.shape)
    value = float(r2_score(val_target, predicted, multioutput="uniform_average"))
    lengths = np.array([len(clip.phases) for clip in val])
    units = event_units([clip.video_id for clip in val], lengths, target=val_target, predicted=predicted)
    return Row("phase_progression", variant, value, len(val_target), imputed + val_imputed + left_out, units)


def progress(clips: list[Clip], phase_count: int) -> tuple[np.ndarray, int]:
    """Give the regression targets.

    Args:
        clips: V videos.
        phase_count: P.

    Returns:
        (sum T, P - 1) signed time to each event as a share of the video's frames, and how many events were imputed.
    """
    targets, imputed = [], 0
    for clip in clips:
        found = event_frames(clip.phases, phase_count)
        imputed += int(np.count_nonzero(found == ABSENT))
        events = impute_events(clip.phases, found)
        targets.append((np.arange(len(clip.phases))[:, None] - events) / len(clip.phases))
    return np.concatenate(targets), imputed
