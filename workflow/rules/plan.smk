"""Where the rules meet the package: `study` answers what they ask, `layout` says where results lie.

Only this file imports Snakemake. The plan itself is la2ds/plan, which is tested without running a rule.
"""

import atexit
import functools
import gc
import inspect
import os
import shutil
import signal
import sys
from pathlib import Path

from snakemake.common import overwrite_function_params
from snakemake.exceptions import IncompleteCheckpointException, WorkflowError

# A plan makes objects that stay; looking through them for rubbish time and again takes an eighth of it.
gc.set_threshold(100_000, 20, 20)
# The package beside the rules, for planning and in the jobs, installed or not.
ROOT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
sys.path.insert(0, str(ROOT))
os.environ.update(
    PYTHONPATH=os.pathsep.join(filter(None, [str(ROOT), os.getenv("PYTHONPATH")])),
    # A job's `python` is the one that runs Snakemake, also where nobody activated its environment.
    PATH=os.pathsep.join(
        [os.path.dirname(sys.executable), os.getenv("PATH", os.defpath)]
    ),
)
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")
# SLURM tells all processes of a job that its time is nearly up. Trainings listen; Snakemake above them would die of it,
# and take them along, unless it ignores it (children inherit that, and a handler of their own replaces it).
signal.signal(signal.SIGUSR1, signal.SIG_IGN)

from la2ds.datasets.fetch.backbones import BACKBONES
from la2ds.errors import InputError
from la2ds.formats import layout
from la2ds.plan.cluster.runs import is_left_behind
from la2ds.plan.locks import claim
from la2ds.plan.study import Study
from la2ds.plan.study import wildcard_constraints as constraints_of
from la2ds.pose.sources import HAND_WEIGHTS, NETWORKS

NO_SLURM = (
    "profile slurm sends jobs with sbatch, and there is no sbatch on this machine: start it on a machine "
    "that submits to SLURM, or leave --profile slurm away to run here"
)


def growing(mem_mb):
    """Ask for as much memory again with each attempt: an attempt that died of it would die again."""
    return signed(lambda wildcards, attempt: mem_mb * attempt)


class Refusal(WorkflowError):
    """A sentence for the person at the keyboard; Snakemake would print our lines of code behind it."""

    __traceback__ = property(lambda self: None, lambda self, traceback: None)


def signed(function):
    """Note a function's parameters in it: Snakemake looks for them at every call, which took a seventh of a plan."""
    overwrite_function_params(function, inspect.signature(function).parameters)
    return function


def raising_workflow_errors(function):
    """Turn the package's error into Snakemake's, which is printed as it is."""

    @functools.wraps(function)
    def wrapped(*arguments, **options):
        try:
            return function(*arguments, **options)
        except InputError as error:
            raise Refusal(str(error)) from None

    return signed(wrapped)


class Answers:
    """A study whose methods raise Snakemake's error."""

    def __init__(self, study):
        self._study = study

    def __getattr__(self, name):
        found = getattr(self._study, name)
        if not callable(found):
            return found

        @functools.wraps(found)
        def answer(*arguments, **options):
            # Not known before Snakemake has read all rules.
            self._study.dry_run = workflow.dryrun
            return found(*arguments, **options)

        return raising_workflow_errors(signed(answer))


@functools.cache
def made_index(dataset):
    """Give videos.csv as the checkpoint's output, once it is made."""
    return checkpoints.index_videos.get(dataset=dataset).output.videos


@functools.cache
def missing_index(dataset):
    """Give what the checkpoint raises while videos.csv is not made; finding out took it a twentieth of a plan."""
    try:
        made_index(dataset)
    except IncompleteCheckpointException as error:
        return error


def indexed(dataset):
    """Give videos.csv; Snakemake comes back later while it is not made."""
    missing = missing_index(dataset)
    if missing and missing.targetfile not in checkpoints.created_output:
        raise missing.with_traceback(None)
    return made_index(dataset)


study = Answers(
    raising_workflow_errors(Study)(
        config,
        indexed=indexed,
        dry_run=False,
        schemas=ROOT / "workflow" / "schemas",
    )
)


for target in sys.argv[1:]:
    study.check_target(target)


# A plan fills screens: what was noted at its beginning is said again at its end.
atexit.register(
    lambda: workflow.dryrun
    and study.notes
    and print(*study.notes, sep="\n", file=sys.stderr)
)


wildcard_constraints:
    **constraints_of(study),


is_dry_run = bool({"-n", "--dry-run", "--dryrun"} & set(sys.argv))
# Jobs on other nodes read the rules, too; only the process that was asked for a study may take the locks of a dead one.
if workflow.is_main_process and not is_dry_run:
    if swept := claim():
        print(swept, file=sys.stderr)
if not workflow.is_main_process and is_left_behind():
    raise Refusal(
        "This job was sent by a run of this folder after which another has begun: it leaves everything as it is."
    )
# A dry run has an executor of its own; only the command line tells which one it stands for.
if is_dry_run and shutil.which("sbatch") is None:
    if "slurm" in {Path(word.removeprefix("--profile=")).name for word in sys.argv}:
        print(f"This is only the plan: {NO_SLURM}.", file=sys.stderr)
