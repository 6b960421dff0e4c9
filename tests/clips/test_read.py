import json
from pathlib import Path

import numpy as np
import pytest

from la2ds.clips.read import from_arrays, is_known, read
from la2ds.errors import InputError
from tests.fixtures.drawn_clips import drawn


def test_a_film_is_read_once_and_known_by_its_content(films, tmp_path):
    first = films["paths"][0]
    clip = read(first)
    truth = drawn(0)
    assert np.array_equal(clip.poses, truth.pixels[:, :13].astype(np.float32))
    assert clip.name == "anna 1.mp4" and clip.fps == 20 and clip.size == (360, 360)
    assert np.allclose(clip.times, np.arange(len(clip)) / 20)
    other = tmp_path / "other.mp4"
    other.write_bytes(first.read_bytes())
    assert is_known(other) and read(other, name="b").name == "b"
    assert len(films["calls"]) == 1


def test_what_is_no_film_is_refused_and_leaves_nothing(films, cache, tmp_path):
    text = tmp_path / "no.mp4"
    text.write_text("hello")
    with pytest.raises(InputError, match=r"no\.mp4: expected a video"):
        read(text)
    with pytest.raises(InputError, match="expected a film, found no such file"):
        read(tmp_path / "gone.mp4")
    with pytest.raises(InputError, match="expected a film, found a folder"):
        read(tmp_path)
    assert not [path for path in cache.rglob("*") if path.is_file()]


def test_a_film_of_one_frame_is_refused(cache, tmp_path):
    from la2ds.datasets.demo.verb import write_video

    path = tmp_path / "one.mp4"
    write_video(path, list(drawn(0).draw())[:1])
    with pytest.raises(InputError, match="at least two frames, found one"):
        read(path)


def test_poses_of_another_program_are_read_by_its_reader(films, tmp_path):
    film = films["paths"][2]
    truth = drawn(2).pixels[:, :13]
    names = read(film).joints
    rows = [
        {
            "image_id": frame,
            "category_id": 1,
            "score": 1.0,
            "keypoints": [v for joint in coco(pose, names) for v in (*joint, 1.0)],
        }
        for frame, pose in enumerate(truth.tolist())
    ]
    file = tmp_path / "found by somebody.json"
    file.write_text(json.dumps(rows))
    clip = read(film, poses=file, program="coco_json")
    assert clip.skeleton == "coco17"
    knee = clip.joints.index("left_knee")
    assert np.allclose(clip.poses[:, knee], truth[:, names.index("left_knee")], atol=1e-3)


def coco(pose, names):
    """Place the 17 joints of COCO; those that 13 joints lack lie on the head."""
    from la2ds.formats.skeletons import COCO17

    return [pose[names.index(joint)] if joint in names else pose[0] for joint in COCO17.joints]


@pytest.mark.parametrize(
    ("poses", "program", "told"),
    [
        ("gone.json", "coco_json", "found no such file"),
        ("gone.json", "mediapipe", "expected a program among"),
        ("gone.json", None, "expected both 'poses' and 'program'"),
        ("labels.txt", "coco_json", r"expected a file \.json of coco_json"),
        ("broken.json", "coco_json", r"broken\.json: expected"),
    ],
)
def test_odd_pose_files_are_one_sentence(films, tmp_path, poses, program, told):
    (tmp_path / "labels.txt").write_text("x")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(InputError, match=told) as error:
        read(films["paths"][0], poses=tmp_path / poses, program=program)
    assert "\n" not in str(error.value)


def test_arrays_become_a_clip():
    poses = np.random.default_rng(0).uniform(0, 100, (5, 13, 2))
    poses[2, 3] = np.nan
    clip = from_arrays(poses, fps=10)
    assert clip.confidence[2, 3] == 0 and clip.confidence.sum() == 5 * 13 - 1
    assert clip.times.tolist() == [0, 0.1, 0.2, 0.3, 0.4] and clip.size[0] > 90
    with pytest.raises(InputError, match="at least two frames"):
        from_arrays(poses[:1])
    with pytest.raises(InputError, match="the 13 joints of body13, found 12"):
        from_arrays(poses[:, :12])


def test_nothing_is_kept_of_a_stopped_estimation(films, cache, monkeypatch):
    def stopped(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("la2ds.clips.kept.estimate_apart", stopped)
    with pytest.raises(KeyboardInterrupt):
        read(films["paths"][0])
    assert not list(cache.rglob("mediapipe*")) and not is_known(Path(films["paths"][0]))
