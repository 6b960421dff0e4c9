"""The workflow: what it plans, what it plans again after an edit, and what it refuses.

The rules, schemas and profiles are the real ones. Behind them stands a package of the same name whose verbs only note
how they were called and write small files, so that whole studies run in seconds; `test_command_lines_fit_the_package`
holds the noted command lines against the real package.
"""

import argparse
import copy
import importlib
import re
import shlex
import shutil
from collections import Counter

import pytest
import yaml

from la2ds.verbs import PEOPLE, PICTURES, STAGES, VERBS
from tests.fixtures.paths import ROOT
from tests.fixtures.snakemake_call import call as call_snakemake
from tests.fixtures.workflow_study import FILES, NET, STUDIED, TOY, Study, jobs

# What is drawn and written once per study, dataset or table.
SEEN = ("draw_alignment", "draw_confusion", "draw_map", "draw_gallery", "draw_clips")  # made of embeddings
OF_TABLES = ("draw_gains",)
PAGES = dict.fromkeys(("pose_quality", "check_videos", "draw_poses", "draw_curves", *SEEN, *OF_TABLES, "report"), 1)
# The table's one column is of kendall_tau; the other task that every table asks for is evaluated.
LATER = {"collect_task": 2} | dict.fromkeys(("make_table", "track_runs", *OF_TABLES, "make_report"), 1)
RESCORED = {"evaluate_embeddings": 4} | LATER


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    study = Study(tmp_path_factory.mktemp("workflow"))
    study.calls = study.run()
    return study


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """The same with what is made for a table about one dataset, beside what config.yaml asks for of that dataset."""
    study = Study(tmp_path_factory.mktemp("watched"))
    wanted = ("results/tables/watched.md", "results/figures/watched_toy_robustness.png", "results/toy/kendall_tau.csv")
    study.calls = study.run(*wanted)
    return study


@pytest.fixture
def again(watched, tmp_path):
    """A copy of it that a test may change as it likes."""
    study = copy.copy(watched)
    study.folder = tmp_path / "again"
    shutil.copytree(watched.folder, study.folder, symlinks=True)
    return study


@pytest.fixture
def edit(study):
    """Change a file for one test."""
    before = {}

    def change(name, content):
        before.setdefault(name, (study.folder / name).read_text() if (study.folder / name).exists() else None)
        study.write(name, content)

    yield change
    for name, content in before.items():
        if content is None:
            (study.folder / name).unlink()
        else:
            study.write(name, content)


def verbs(calls):
    return dict(Counter(call[0] for call in calls))


def scored(runs):
    """What follows when so many runs are embedded anew."""
    return {"embed_method": runs, "evaluate_embeddings": runs, **dict.fromkeys(SEEN, 1), **LATER}


def test_a_study_makes_what_its_tables_need_and_no_more(study):
    assert verbs(study.calls) == {
        "index": 1,
        "keypoints": 4,
        "heatmaps": 4,
        "train": 2,
        "embed": 4,
        "evaluate": 4,
        "collect": 2,
        "quarantine": 1,
        "table": 1,
        "track": 1,
        **PAGES,
    }
    assert (study.folder / "results/tables/small_toy.md").is_file()
    assert (study.folder / "results/toy/kendall_tau.csv").is_file()
    drawn = {call[call.index("--spec") + 1] for call in study.calls if call[0] == "heatmaps"}
    assert drawn == {"limbs_p32_s060_b110"}
    embed = next(call for call in study.calls if call[0] == "embed" and "config/methods/time.yaml" in call)
    assert not any(several(embed, option) for option in ("--weights", "--heatmaps", "--keypoints"))


def test_snakemake_s_own_report_holds_tables_and_pictures(study):
    code, output = study.snakemake("--report", "page.html")
    assert code == 0, output
    page = (study.folder / "page.html").read_text()
    (study.folder / "page.html").unlink()
    for shown in ("small_toy.csv", "report.html", "toy_poses.png", "small_toy_gallery.png", "small_toy_clips.html"):
        assert shown in page, shown


def test_nothing_is_done_twice(study):
    assert study.plan() == {}


def test_command_lines_fit_the_package(study, watched):
    filmed = study.run("results/filmed/kendall_tau.csv", "results/filmed/quarantine.csv", "results/demo/videos.csv")
    pose = study.run("results/toy/metrics/default/pose/a/seed0.csv")
    calls = [*study.calls, *filmed, *pose, *watched.calls]
    # `rgb` has a study of its own below, `fetch` is for people.
    called = {call[0] for call in calls}
    assert (STAGES | PICTURES).keys() - {"fetch", "rgb"} == called - PEOPLE.keys()
    assert "evaluate" in called
    for verb, *options in calls:
        parser = argparse.ArgumentParser(exit_on_error=False)
        importlib.import_module(VERBS[verb][0]).add_arguments(parser)
        _, unknown = parser.parse_known_args(options)
        assert not unknown, shlex.join([verb, *options])


def several(call, option):
    """The words of an option that takes several."""
    words = call[call.index(option) + 1 :]
    return words[: next((n for n, word in enumerate(words) if word.startswith("--")), len(words))]


def runs_in(words, folder):
    """(method, action, seed) of the paths below a folder of the toy's results."""
    pattern = rf"results/toy/{folder}/(\w+)/(\w+)/seed(\d+)[./]"
    return {match.groups() for word in words if (match := re.match(pattern, word))}


WATCHED = {("time", action, "0") for action in "ab"} | {
    (method, action, seed) for method in ("net", "joint", "taught") for action in "ab" for seed in "01"
}


def test_a_table_about_one_dataset_is_made_of_its_own_scores_with_its_own_seeds(watched):
    (table,) = [call for call in watched.calls if call[0] == "table"]
    assert several(table, "--actions") == ["a", "b"] and several(table, "--labels") == ["results/toy/labels.parquet"]
    scored = [several(call, "--output")[0] for call in watched.calls if call[0] == "evaluate"]
    assert runs_in(scored, "metrics/strict") == WATCHED
    gathered = [several(call, "--output")[0] for call in watched.calls if call[0] == "collect"]
    assert gathered == ["results/toy/kendall_tau.csv"], "asked for by its name"
    made = watched.folder / "results/tables"
    named = {"watched.csv", "watched.md", "watched.tex"}
    assert {file.name for file in made.iterdir()} - {"watched_toy_robustness.csv"} == named, "one name each"
    assert "'results/tables/watched.md'" in (made / "watched.md").read_text()
    assert not (made / "small_toy.md").exists() and not (watched.folder / "results/report.html").exists()


def test_its_scores_stay_out_of_the_dataset_s_own(again):
    (call,) = [
        c for c in again.calls if c[0] == "collect" and several(c, "--output") == ["results/toy/kendall_tau.csv"]
    ]
    paths = several(call, "--metrics")
    expected = {(method, action, "0") for method in ("time", "net") for action in "ab"}
    assert runs_in(paths, "metrics/default") == expected and len(paths) == len(expected)
    # Nor where config.yaml names it: other tables would then show its seeds.
    again.write("config/tables/watched.yaml", STUDIED | {"protocol": "default"})
    assert again.plan("results/toy/kendall_tau.csv", "--config", "tables=[small,watched]") == {}


def test_a_table_about_one_dataset_is_made_for_no_other(study, edit):
    edit("config/config.yaml", FILES["config/config.yaml"] | {"datasets": ["filmed"], "tables": ["small", "watched"]})
    _, output = study.snakemake("-n")
    assert "results/tables/watched.md" in output and "results/tables/small_filmed.md" in output
    assert "watched_filmed" not in output and "small_toy" not in output
    assert "results/filmed/metrics/strict" not in output and "filmed/train/joint" not in output


def test_seeds_are_the_table_s_or_else_those_of_the_configuration(again):
    assert again.plan("results/tables/watched.md", "--config", "seeds=4") == {}
    again.write("config/tables/watched.yaml", STUDIED | {"seeds": 3})
    # One training more of net and of taught for each action, and one of joint for both.
    assert again.plan("results/tables/watched.md") == {
        "train_method": 5,
        "embed_method": 6,
        "evaluate_embeddings": 6,
        "make_table": 1,
    }
    again.write("config/tables/watched.yaml", STUDIED | {"seeds": 0})
    plan = again.plan("results/tables/watched.md", "--config", "seeds=4")
    assert (plan["train_method"], plan["embed_method"]) == (10, 12)


def test_one_training_serves_every_action_where_the_method_says_so(watched):
    trained = [call for call in watched.calls if call[0] == "train"]
    folders = [call[call.index("--output-dir") + 1] for call in trained]
    assert runs_in([f"{folder}/" for folder in folders], "train") == {("joint", "all", seed) for seed in "01"} | {
        (method, action, seed) for method in ("net", "taught") for action in "ab" for seed in "01"
    }
    assert len(folders) == 10
    for call in trained:
        if "config/methods/joint.yaml" in call:
            shards = [f"results/toy/keypoints/annotations/{action}_{n:03d}.parquet" for action in "ab" for n in (0, 1)]
            assert several(call, "--action") == ["all"] and several(call, "--keypoints") == shards
    weights = {}
    for call in watched.calls:
        if call[0] in ("embed", "robustness") and several(call, "--weights"):
            (run,) = runs_in(several(call, "--output"), {"embed": "embeddings"}.get(call[0], call[0]))
            weights[call[0], *run] = several(call, "--weights")
            assert several(call, "--action") == [run[1]]
    assert weights == {
        ("embed", method, action, seed): [
            f"results/toy/train/{method}/{'all' if method == 'joint' else action}/seed{seed}/model.safetensors"
        ]
        for method, action, seed in WATCHED
        if method != "time"
    } | {
        ("robustness", "joint", action, "0"): ["results/toy/train/joint/all/seed0/model.safetensors"] for action in "ab"
    }


def test_another_action_trains_the_network_of_all_again_and_no_other(again):
    again.write("config/datasets/toy.yaml", TOY | {"actions": ["a", "b", "c"]})
    calls = again.run(*(f"results/toy/embeddings/{method}/a/seed0.parquet" for method in ("joint", "net", "taught")))
    done = [(call[0], *several(call, "--method")) for call in calls if call[0] in ("train", "embed")]
    assert done == [(verb, "config/methods/joint.yaml") for verb in ("train", "embed")]


def test_damaged_keypoints_are_scored_and_drawn(again):
    (drawn,) = [call for call in again.calls if call[0] == "draw_robustness"]
    wanted = {(method, action, "0") for method in ("time", "joint") for action in "ab"}
    inputs = several(drawn, "--inputs")
    assert runs_in(inputs, "robustness") == wanted and len(inputs) == len(wanted)
    assert (again.folder / "results/tables/watched_toy_robustness.csv").is_file()
    damaged = [call for call in again.calls if call[0] == "robustness"]
    assert len(damaged) == len(wanted)
    for call in damaged:
        (action,) = several(call, "--action")
        shards = [f"results/toy/keypoints/annotations/{action}_{n:03d}.parquet" for n in (0, 1)]
        assert several(call, "--keypoints") == shards
        assert several(call, "--protocol") == ["config/protocols/robustness.yaml"]
        assert bool(several(call, "--weights")) == ("config/methods/joint.yaml" in call)
    picture = "results/figures/watched_toy_robustness.png"
    again.write("config/protocols/robustness.yaml", {"missing": [0.3], "noise": [0.1]})
    assert again.plan(picture, "results/tables/watched.md") == {"damage_keypoints": 4, "draw_robustness": 1}


def test_the_upper_bound_alone_is_given_labels_and_trained_anew_when_they_change(again):
    for call in again.calls:
        if call[0] == "train":
            taught = "config/methods/taught.yaml" in call
            assert bool(several(call, "--labels")) == taught, call
            assert not taught or several(call, "--labels") == ["results/toy/labels.parquet"]
        assert call[0] != "embed" or "--labels" not in call
    again.write("phase_b.txt", "5")
    rows = [f"results/toy/embeddings/{m}/{a}/seed0.parquet" for m in ("net", "joint", "taught") for a in "ab"]
    calls = again.run(*rows, "--forcerun", "index_videos")
    assert verbs(calls) == {"index": 1, "train": 1, "embed": 1}
    for verb in ("train", "embed"):
        taught = options(calls, verb, "taught")
        assert (taught["--action"], taught["--seed"]) == ("b", "0")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"robustness": ["time", "pose"]}, ["robustness", "time, net, joint, taught", "pose"]),
        ({"dataset": "toys"}, ["datasets", "'toys'"]),
    ],
)
def test_bad_settings_of_a_table_about_one_dataset_are_refused(again, change, told):
    again.write("config/tables/watched.yaml", STUDIED | change)
    line = again.refusal("results/tables/watched.md")
    assert "config/tables/watched.yaml" in line
    assert all(word in line for word in told), line


def test_a_picture_of_damaged_keypoints_needs_rows_that_see_some(again):
    again.write("config/tables/watched.yaml", STUDIED | {"robustness": []})
    line = again.refusal("results/figures/watched_toy_robustness.png")
    assert "config/tables/watched.yaml: expected 'robustness' to name methods" in line and "found none" in line


PICTURED = {
    "config/methods/look.yaml": {"label": "Look", "input": {"kind": "rgb"}, "optimiser": {"steps": 3}},
    "config/methods/both.yaml": {"label": "Both", "input": {"kind": "heatmaps_rgb"}, "optimiser": {"steps": 3}},
    "config/methods/half.yaml": {"base": "both", "label": "Half", "weights": "both", "encoder": {"shown": "rgb"}},
    "config/methods/frozen.yaml": {
        "label": "Frozen",
        "input": {"kind": "rgb", "pictures": {"backbone": "resnet50", "crop": "frame", "size": 224}},
    },
    "config/methods/solid.yaml": {
        "label": "Solid",
        "input": {"kind": "coordinates"},
        "encoder": {"dim": 0, "frames": 0},
        "augmentation": {"space": "skeleton"},
    },
    "config/tables/small.yaml": FILES["config/tables/small.yaml"]
    | {"methods": ["time", "net", "look", "both", "half", "frozen", "solid"]},
}


def pictured(folder, **dataset):
    study = Study(folder)
    for name, content in PICTURED.items():
        study.write(name, content)
    study.write("config/datasets/toy.yaml", TOY | {"actions": ["a"]} | dataset)
    return study


def options(calls, verb, method):
    """The options of a method's job."""
    (call,) = [c for c in calls if c[0] == verb and f"config/methods/{method}.yaml" in c]
    return {word: values[0] for word in call if word.startswith("--") and (values := several(call, word))}


def test_methods_get_the_input_they_look_at(tmp_path):
    study = pictured(tmp_path, pictures="always", pose_3d="annotations_3d")
    config = FILES["config/config.yaml"] | {"backbones": {"resnet50": "some/where"}}
    study.write("config/config.yaml", config)
    calls = study.run()
    shown = {m: set(options(calls, "train", m)) for m in ("net", "look", "both", "frozen", "solid")}
    kinds = {"--keypoints", "--frames", "--features"}
    assert {m: sorted(names & kinds) for m, names in shown.items()} == {
        "net": ["--keypoints"],
        "look": ["--frames", "--keypoints"],
        "both": ["--frames", "--keypoints"],
        "frozen": ["--features"],
        "solid": ["--keypoints"],
    }
    assert "/annotations_3d/" in options(calls, "train", "solid")["--keypoints"]
    rgb = [call for call in calls if call[0] == "rgb"]
    assert len(rgb) == 2 and all("resnet50_frame_p224_g1" in c and "some/where" in c for c in rgb)
    # A row with another row's weights is embedded with them, and trained by nobody.
    assert options(calls, "embed", "half")["--weights"] == "results/toy/train/both/a/seed0/model.safetensors"
    assert not [call for call in calls if call[0] == "train" and "config/methods/half.yaml" in call]
    for verb, *words in calls:
        parser = argparse.ArgumentParser(exit_on_error=False)
        importlib.import_module(VERBS[verb][0]).add_arguments(parser)
        assert not parser.parse_known_args(words)[1], shlex.join([verb, *words])


def test_rows_without_their_input_are_left_out_with_the_reason(tmp_path):
    calls = pictured(tmp_path).run()
    (table,) = [call for call in calls if call[0] == "table"]
    absent = table[table.index("--absent") + 1 : table.index("--csv")]
    assert sorted(absent) == [
        "both=needs pictures",
        "frozen=needs pictures",
        "half=needs pictures",
        "look=needs pictures",
        "solid=needs 3D keypoints",
    ]
    assert {c[c.index("--method") + 1] for c in calls if c[0] == "train"} == {"config/methods/net.yaml"}


def test_a_folder_of_frames_is_noticed_and_an_unnamed_backbone_too(tmp_path):
    study = pictured(tmp_path)
    (tmp_path / "native" / "frames").mkdir(parents=True)
    calls = study.run()
    assert verbs(calls)["decode"] == 2
    (table,) = [call for call in calls if call[0] == "table"]
    absent = table[table.index("--absent") + 1 : table.index("--csv")]
    assert sorted(absent) == ["frozen=needs a backbone resnet50 in config.yaml", "solid=needs 3D keypoints"]


def test_skeletons_only_keeps_frames_out_of_every_picture(tmp_path):
    study = Study(tmp_path)
    filmed = FILES["config/config.yaml"] | {"datasets": ["filmed"]}
    study.write("config/config.yaml", filmed)
    study.run("results/filmed/videos.csv")
    everywhere, here = {"skeletons_only": True}, {"overrides": {"filmed": {"skeletons_only": True}}}
    for settings, shown in (({}, True), (everywhere, False), (here, False)):
        study.write("config/config.yaml", filmed | settings)
        code, output = study.snakemake("results/report.html", "-n", "-p")
        assert code == 0, output
        for verb in ("draw_poses", "draw_gallery", "draw_clips"):
            (command,) = re.findall(rf"python -m la2ds {verb} .*", output)
            assert ("results/filmed/frames/a_001.parquet" in command) == shown, command
            assert ("/frames/" in command) == shown and "--keypoints" in command
        (command,) = re.findall(r"python -m la2ds report .*", output)
        assert ("--skeletons-only filmed" in command) != shown


def test_rtmpose_is_given_its_networks_and_unknown_ones_are_asked_for(tmp_path):
    study = Study(tmp_path)
    study.write("config/config.yaml", FILES["config/config.yaml"] | {"datasets": ["filmed"]})
    study.run("results/filmed/videos.csv")
    target = "results/filmed/keypoints/rtmpose/a_000.parquet"
    plain = FILES["config/datasets/filmed.yaml"]
    named = {"people": 3, "detector": "models/yolox_tiny.onnx"}
    study.write("config/datasets/filmed.yaml", plain | {"estimation": named | {"weights": "models/mine.onnx"}})
    told = study.refusal(target)
    assert "filmed.yaml: expected 'estimation.weights' to be a network (ONNX), found no file models/mine.onnx" in told
    assert "or name one of models/rtmpose_s.onnx" in told
    study.write("models/mine.onnx", "")
    calls = study.run(target)
    assert sorted(call[0] for call in calls) == ["decode", "keypoints", "weights"]
    (call,) = [call for call in calls if call[0] == "keypoints"]
    given = [word for word in call if word.endswith(".onnx")]
    assert given == ["models/mine.onnx", "models/yolox_tiny.onnx"]
    study.write("config/datasets/filmed.yaml", plain)
    assert study.plan(target) == {"estimate_keypoints": 1, "fetch_network": 1}


def test_an_edited_method_runs_again_with_those_based_on_it(study, edit):
    edit("config/methods/net.yaml", NET | {"optimiser": {"steps": 4}})
    assert study.plan() == {"train_method": 2, "draw_curves": 1, **scored(2)}
    other = study.plan("results/toy/embeddings/untrained/a/seed0.parquet")
    assert other == {"train_method": 1, "embed_method": 1}


def test_another_length_of_trainings_trains_again(study, edit):
    edit("config/datasets/toy.yaml", TOY | {"steps": 0.5})
    assert study.plan() == {"train_method": 2, "draw_curves": 1, **scored(2)}


def test_words_for_people_train_nothing(study, edit):
    edit("config/methods/net.yaml", NET | {"label": "Our net", "description": "Better words."})
    pages = ("make_table", "draw_curves", *SEEN, *OF_TABLES, "make_report")
    assert study.plan() == dict.fromkeys(pages, 1)


def test_an_edited_protocol_scores_again(study, edit):
    edit("config/protocols/default.yaml", {"tau_stride": 3})
    assert study.plan() == RESCORED | {"draw_confusion": 1}


def test_an_edited_metric_scores_again_and_trains_nothing(study, edit):
    edit("la2ds/evaluation/metrics/kendall_tau.py", "x = 1\n")
    plan = study.plan()
    assert plan == RESCORED | {rule: 1 for rule in plan if rule.startswith("draw_")}


def test_another_device_trains_nothing(study):
    assert study.plan("--config", "device=cpu") == {}


def test_more_seeds_run_where_the_seed_matters(study):
    # Clips are shown by seed 0, which is there already.
    wanted = {"train_method": 4, "draw_curves": 1, **scored(4)}
    for rule in SEEN:
        del wanted[rule]
    assert study.plan("--config", "seeds=3") == wanted


def test_an_added_action_runs_alone_and_labels_score_their_action_only(study, edit):
    edit("config/datasets/toy.yaml", TOY | {"actions": ["a", "b", "c"]})
    calls = study.run()
    # The table's jobs read everything; the rest is about the new action.
    everything = {"index": 1, "collect": 2, "quarantine": 1, "table": 1, "track": 1, **PAGES}
    assert verbs(calls) == {"keypoints": 2, "heatmaps": 2, "train": 1, "embed": 2, "evaluate": 2, **everything}
    for call in calls:
        if call[0] not in everything:
            assert any(re.search(r"(^|/)c(_00\d)?(/|$|\.)", word) for word in call), call

    edit("phase_b.txt", "5")
    calls = study.run("--forcerun", "index_videos")
    # Labels say nothing about poses and training.
    for verb in ("pose_quality", "check_videos", "draw_curves"):
        del everything[verb]
    assert verbs(calls) == {"evaluate": 2, **everything}
    assert all("/b/" in call[-1] for call in calls if call[0] == "evaluate")


def test_a_dry_run_writes_no_settings(study):
    before = (study.folder / "results/toy/dataset.yaml").read_text()
    study.plan("results/toy/kendall_tau.csv", "--config", "overrides={toy: {root: elsewhere}}")
    assert (study.folder / "results/toy/dataset.yaml").read_text() == before


def test_overrides_reach_the_jobs(tmp_path):
    study = Study(tmp_path)
    (tmp_path / "my data").mkdir()
    study.write("config/config.yaml", FILES["config/config.yaml"] | {"overrides": {"toy": {"root": "my data"}}})
    (call,) = study.run("results/toy/videos.csv")
    assert call[call.index("--root") + 1] == "my data"
    resolved = yaml.safe_load((tmp_path / call[call.index("--dataset") + 1]).read_text())
    assert resolved["root"] == "my data"
    assert resolved["actions"] == ["a", "b"]


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("config/methods/net.yaml", {"label": "Net", "optimiser": {"stepps": 3}}, ["optimiser.stepps"]),
        ("config/methods/net.yaml", {"label": "Net", "objective": {"kind": "regresion"}}, ["objective.kind", "scl"]),
        ("config/methods/net.yaml", {"label": "Net", "encoder": {"kind": "convnet"}}, ["encoder.kind", "heatmap_tr"]),
        ("config/datasets/toy.yaml", TOY | {"shard_sise": 3}, ["shard_sise"]),
        ("config/protocols/default.yaml", {"tau_stride": 0}, ["tau_stride", "between 1 and"]),
        (
            "config/tables/small.yaml",
            FILES["config/tables/small.yaml"] | {"methods": ["time", "nett"]},
            ["nett", "net"],
        ),
        ("config/tables/small.yaml", FILES["config/tables/small.yaml"] | {"protocol": "def"}, ["def", "default"]),
        ("config/tables/small.yaml", FILES["config/tables/small.yaml"] | {"reference": "tim"}, ["reference", "tim"]),
        ("config/config.yaml", FILES["config/config.yaml"] | {"datasets": ["tory"]}, ["tory", "toy"]),
        ("config/config.yaml", FILES["config/config.yaml"] | {"seed": 3}, ["'seed'", "seeds"]),
        ("config/config.yaml", FILES["config/config.yaml"] | {"overrides": {"toy": {"rot": 3}}}, ["toy.yaml", "rot"]),
    ],
)
def test_bad_settings_are_refused_in_one_line_with_file_and_key(study, edit, file, content, told):
    edit(file, content)
    line = study.refusal()
    assert file in line
    assert all(word in line for word in told), line


def test_any_dataset_with_a_file_can_be_asked_for(tmp_path):
    """The real settings, without results: the command of the README, for a dataset that config.yaml does not name."""
    for name in ("Snakefile", "workflow", "config", "profiles", "envs", "la2ds"):
        (tmp_path / name).symlink_to(ROOT / name)
    code, output = call_snakemake(tmp_path, "results/penn/retrieval.csv", "-n")
    assert code == 0, output
    plan = jobs(output)
    assert plan["index_videos"] == plan["collect_task"] == 1
    assert "decode_shard" not in plan


@pytest.mark.parametrize(("file", "datasets"), [("paper", ["demo"]), ("motion", ["uiprmd", "uiprmd_views"])])
def test_the_large_studies_can_be_planned(tmp_path, file, datasets):
    for name in ("Snakefile", "workflow", "config", "profiles", "envs", "la2ds"):
        (tmp_path / name).symlink_to(ROOT / name)
    code, output = call_snakemake(tmp_path, "all_tables", "--configfile", f"config/{file}.yaml", "-n")
    assert code == 0, output
    tables = yaml.safe_load((ROOT / f"config/{file}.yaml").read_text())["tables"]
    plan = jobs(output)
    assert plan["index_videos"] == len(datasets)
    assert plan["make_table"] == len(datasets) * len(tables)


def test_one_table_is_made_of_its_own_rows_alone(tmp_path):
    """Whatever other tables config.yaml names, and whether it names this one."""
    study = Study(tmp_path)
    small = FILES["config/tables/small.yaml"]
    study.write("config/tables/other.yaml", small | {"methods": ["time"]})
    study.write("config/tables/large.yaml", small | {"methods": ["time", "net", "pose"]})
    for tables in (["small", "large"], ["small", "large", "other"]):
        study.write("config/config.yaml", FILES["config/config.yaml"] | {"tables": tables})
        plan = study.plan("results/tables/other_toy.md")
        assert plan == {"index_videos": 1, "embed_method": 2, "evaluate_embeddings": 2, "make_table": 1}


def test_every_method_file_is_a_row_of_some_table():
    rows = {
        m
        for file in (ROOT / "config/tables").glob("*.yaml")
        for m in yaml.safe_load(file.read_text()).get("methods", [])
    }
    assert rows == {file.stem for file in (ROOT / "config/methods").glob("*.yaml")}


def test_profile_slurm_resolves_and_missing_slurm_is_said_in_words(study):
    pytest.importorskip("snakemake_executor_plugin_slurm")
    study.run()  # what tests before this one changed is made, so that the plan does not end at the index
    # Not --forceall, for which Snakemake 9.27 loses members of groups behind a checkpoint that is done again.
    code, output = study.snakemake("all_tables", "--profile", "slurm", "-n", "--forcerun", "train_method")
    assert code == 0, output
    assert "mem_mb=8000" in output
    if shutil.which("sbatch") is None:
        code, output = study.snakemake("all_tables", "--profile", "slurm", "--forcerun", "train_method")
        assert code != 0
        assert "there is no sbatch on this machine" in output, output
