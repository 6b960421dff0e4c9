"""What the environment says to profiles/slurm stands in the plan, and in the line that its plugin hands to sbatch."""

import re
from types import SimpleNamespace

import pytest

from tests.fixtures.paths import ROOT
from tests.fixtures.snakemake_call import call

submit = pytest.importorskip("snakemake_executor_plugin_slurm.submit_string")
yte = pytest.importorskip("yte")
gres = pytest.importorskip("snakemake_executor_plugin_slurm.utils")
from snakemake.iocontainers import ResourceList  # noqa: E402

SNAKEFILE = """
rule all:
    input: "demo_la2ds_squat_0.scores"
rule train_method:
    output: "{dataset}_{method}_{action}_{seed}.model"
    resources: gpu=0
    shell: "touch {output}"
rule embed_method:
    input: "{dataset}_{method}_{action}_{seed}.model"
    output: "{dataset}_{method}_{action}_{seed}.vectors"
    shell: "touch {output}"
rule evaluate_embeddings:
    input: "{dataset}_{method}_{action}_{seed}.vectors"
    output: "{dataset}_{method}_{action}_{seed}.scores"
    shell: "touch {output}"
"""


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """Plan a training and what follows it with some environment; gives what Snakemake says."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE)

    def plan(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("tests.fixtures.snakemake_call.KEPT", tuple(environment))
        code, output = call(tmp_path, "-n", "--profile", str(ROOT / "profiles/slurm"))
        assert code == 0, output
        return output

    return plan


def sbatch(plan, rule):
    """Give the options that the plugin makes of a rule's resources."""
    told = re.search(rf"rule {rule}:.*?resources: ([^\n]*)", plan, re.DOTALL)[1]
    words = dict(word.split("=", 1) for word in told.split(", "))
    resources = ResourceList(fromdict={k: int(v) if v.isdigit() else v for k, v in words.items()})
    job = SimpleNamespace(resources=resources, threads=1)
    names = dict.fromkeys(("run_uuid", "slurm_logfile", "comment_str", "account", "partition", "workdir"), "")
    return submit.get_submit_command(job, names) + gres.set_gres_string(job), words


def test_without_a_word_a_training_asks_for_no_gpu_and_no_partition(planned):
    line, words = sbatch(planned(), "train_method")
    assert "--signal=USR1@120" in line and "-t 720" in line
    assert not re.search("--gpus|--mail| -C ", line) and "slurm_partition" not in words


def test_what_the_environment_says_reaches_sbatch(planned):
    # Names of Python's are names like others.
    said = {"PARTITION": "all", "GPU_PARTITION": "max", "GPU_TYPE": "a100", "CONSTRAINT": "ib&avx", "ACCOUNT": "sum"}
    plan = planned(**{f"LA2DS_{name}": value for name, value in said.items()}, LA2DS_MAIL="me@host.org")
    line, words = sbatch(plan, "train_method")
    assert words["slurm_partition"] == "max" and words["slurm_account"] == "sum"
    for option in ("--gpus=a100:1", "-C 'ib&avx'", "--signal=USR1@120 --mail-user=me@host.org --mail-type=FAIL"):
        assert option in line, line
    line, words = sbatch(plan, "embed_method")
    assert words["slurm_partition"] == "all" and "-C 'ib&avx'" in line and "--mail-type=FAIL" in line
    assert not re.search("--signal|--gpus", line)


def test_a_group_is_called_by_what_it_scores(planned):
    assert "Group job scores_demo_la2ds_squat_0 " in planned()


@pytest.mark.parametrize(
    ("name", "value", "key"), [("QOS", "long", "slurm-qos"), ("STATUS", "sacct", "slurm-status-command")]
)
def test_what_the_environment_says_to_the_plugin_itself(name, value, key, monkeypatch):
    profile = (ROOT / "profiles/slurm/config.yaml").read_text()
    monkeypatch.delenv(f"LA2DS_{name}", raising=False)
    assert yte.process_yaml(profile, require_use_yte=True).get(key) != value
    monkeypatch.setenv(f"LA2DS_{name}", value)
    assert yte.process_yaml(profile, require_use_yte=True)[key] == value
