"""Fifty real films against FFmpeg's own frames: number, times, first, middle and last picture; and cut short."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av", reason="the video extra is not installed")

from la2ds.datasets.films.clip import settle
from la2ds.datasets.video import VideoError, examine, open_video
from tests.fixtures.datasets.film_zoo import cut
from tests.fixtures.datasets.plain_films import plain, upright

FILMS = {  # name -> frames that FFmpeg shows, or why it is refused
    "decord_corrupted.mp4": "expected packets that can be decoded, found damaged data (frame 28)",
    "decord_flipping_a_pancake.mkv": 310,
    "decord_unordered.mov": 4,
    "decord_video_0.mov": 3,
    "decord_video_180.mov": 3,
    "decord_video_270.mov": 3,
    "decord_video_90.mov": 3,
    "golfdb_test_video.mp4": 264,
    "imageio_cockatoo.mp4": 280,
    "imageio_realshort.mp4": 36,
    "lightning_pose_test_vid.mp4": 994,
    "mediabunny_1080p-portrait-derotated.mp4": 65,
    "mediabunny_annex-b-avc.mkv": 745,
    "mediabunny_annex-b.mp4": "expected packets that can be decoded, found one that is cut off or damaged (frame 5)",
    "mediabunny_cursed-vfr.mp4": 63,
    "mediabunny_edit-list-discard.mp4": 49,
    "mediabunny_edts.mp4": 225,
    "mediabunny_frag-buck-bunny.mp4": 120,
    "mediabunny_frames.webm": 100,
    "mediabunny_fucked-keyframes.mp4": 120,
    "mediabunny_mkv_mpeg4-aac.mkv": 25,
    "mediabunny_multiple-aac-tracks.mp4": "expected a video, found no picture stream",
    "mediabunny_no-correct-videoframe-format.mov": 6,
    "mediabunny_rotate-buck-bunny.mp4": 45,
    "mediabunny_sar_2x1.mp4": 150,
    "mediabunny_video-h265.mp4": 300,
    "mmaction2_demo.mp4": 280,
    "mmaction2_demo_skeleton.mp4": 72,
    "mmaction2_demo_stdet.mp4": 57,
    "mmaction2_ntu_S001C001P001R001A001_rgb.avi": 103,
    "mmaction2_part_0.mp4": 32,
    "mmaction2_structuralize.mp4": 300,
    "mmaction2_test.mp4": 300,
    "mmpose_demo.mp4": 5,
    "mmpose_nvgesture_sk_color.avi": 20,
    "mmpose_posetrack18.mp4": 5,
    "openpose_video.avi": 205,
    "pose2sim_one_person_cam03.mp4": 100,
    "pose2sim_two_people_cam01.mp4": 100,
    "pose2sim_two_people_cam02.mp4": 100,
    "sleap_clip.mp4": 1500,
    "sleap_dance.mp4": 450,
    "sports2d_demo.mp4": 230,
    "sports2d_demo5.mp4": 540,
    "torchcodec_av1_video.mkv": 125,
    "torchcodec_bt709_full_range.mp4": 30,
    "torchcodec_dog_eating.mp4": 345,
    "torchcodec_h264_10bits.mp4": 30,
    "torchcodec_h265_10bits.mp4": 30,
    "torchcodec_h265_video.mp4": 10,
    "torchcodec_nasa_13013.mp4": 390,
    "torchcodec_var_fps_video.mp4": 300,
}
PLAYABLE = [name for name, frames in FILMS.items() if isinstance(frames, int)]
# H.264 in AVI has no times of presentation: FFmpeg's go up and down, so the announced rate counts.
WITHOUT_TIMES = ("mmaction2_ntu_S001C001P001R001A001_rgb.avi",)


@pytest.mark.parametrize("name", PLAYABLE)
def test_a_real_film_is_what_ffmpeg_shows(shared_data, name):
    path = shared_data / "data/real/video" / name
    times, pictures = [], {}
    for number, (time, frame) in enumerate(plain(path)):
        times.append(time)
        if number in (0, FILMS[name] // 2, FILMS[name] - 1):
            pictures[number] = upright(frame)
    video, moments = open_video(path), []
    for number, frame in enumerate(video.frames()):
        moments.append(frame.time)
        if number in pictures:
            assert frame.size == pictures[number].shape[1::-1]
            np.testing.assert_array_equal(frame.picture(), pictures[number])
    assert len(moments) == len(times) == FILMS[name]
    expected = np.arange(len(times)) / video.rate if name in WITHOUT_TIMES else times
    np.testing.assert_allclose(settle(moments, video.rate).times, expected, atol=1e-4)


@pytest.mark.parametrize("name", [name for name in FILMS if name not in PLAYABLE])
def test_a_broken_real_film_is_refused_in_the_same_words(shared_data, name):
    for _ in range(5):
        with pytest.raises(VideoError) as error:
            examine(open_video(shared_data / "data/real/video" / name))
        assert error.value.reason == FILMS[name]


@pytest.mark.parametrize("name", PLAYABLE)
def test_a_real_film_cut_to_sixty_per_cent_is_not_taken_for_whole(shared_data, tmp_path, name):
    target = tmp_path / f"cut{Path(name).suffix}"
    cut(shared_data / "data/real/video" / name, target, 0.6)
    with pytest.raises(VideoError, match="expected"):
        examine(open_video(target))


def test_films_of_push_ups(shared_data):
    films = sorted((shared_data / "data/real/pushups/videos").glob("*.mp4"))
    assert films
    for path in films:
        times = [time for time, _ in plain(path)]
        facts = examine(open_video(path))
        assert facts.size == (640, 360)
        np.testing.assert_allclose(facts.timing.times, times, atol=1e-4)
