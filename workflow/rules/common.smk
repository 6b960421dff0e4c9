"""Checks every setting before the first job is planned. Functions only.

Only PyYAML-deep modules of the package are imported, so that planning stays quick.
"""

import csv
import dataclasses
import functools
import hashlib
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import jsonschema
from snakemake.exceptions import WorkflowError

# The package beside the Snakefile, for planning and in the jobs, installed or not.
sys.path.insert(0, str(workflow.basedir))
os.environ.update(
    PYTHONPATH=os.pathsep.join(
        filter(None, [str(workflow.basedir), os.getenv("PYTHONPATH")])
    )
)

from la2ds import config as la2ds_config
from la2ds.datasets.fetch.sources import missing_root
from la2ds.errors import InputError
from la2ds.pose import sources as pose_sources

CONFIG_FILE = "config/config.yaml"
TASKS = (
    "phase_classification",
    "phase_progression",
    "kendall_tau",
    "retrieval",
    "alignment",
    "evaluated",
)
CLASSES = {
    "datasets": la2ds_config.DatasetConfig,
    "methods": la2ds_config.MethodConfig,
    "protocols": la2ds_config.ProtocolConfig,
    "tables": la2ds_config.TableConfig,
}
# Folders of results/ that are not a dataset's.
RESERVED = ("benchmarks", "figures", "logs", "mlflow", "tables")

# A job's `python` is the one that runs Snakemake, also where nobody activated its environment.
os.environ.update(
    PATH=os.pathsep.join(
        [os.path.dirname(sys.executable), os.getenv("PATH", os.defpath)]
    )
)
# SLURM tells all processes of a job that its time is nearly up. Trainings listen; Snakemake above them would die of it,
# and take them along, unless it is deaf (children inherit that, and a handler of their own replaces it).
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")


# Settings: refused or accepted here, never in the middle of a study.


@functools.cache
def validator_of(kind):
    """Read a schema once. Snakemake's `validate` reads it anew for every file, which was most of what a plan took."""
    schema = Path(workflow.basedir, "workflow", "schemas", f"{kind}.schema.yaml")
    return jsonschema.Draft202012Validator(la2ds_config.load_yaml(schema))


def check_schema(content, kind, file):
    """Hold a mapping against its schema; the error is one line naming file and key."""
    fault = next(validator_of(kind).iter_errors(content), None)
    if fault is not None:
        raise schema_error(file, fault)


def schema_error(file, fault):
    """Turn a schema's complaint, which fills a screen, into one sentence."""
    if fault.validator == "additionalProperties":
        known = fault.schema.get("properties", {})
        unknown = sorted(set(fault.instance) - set(known))[0]
        expected = f"one of the keys {', '.join(known)}"
        return InputError(file, expected=expected, found=f"key '{unknown}'")
    key = ".".join(str(part) for part in fault.absolute_path) or "the file"
    expected = f"'{key}' to have {fault.validator} {fault.validator_value}"
    return InputError(file, expected=expected, found=json.dumps(fault.instance))


def names(kind):
    """List the names of config/<kind>/*.yaml."""
    return sorted(path.stem for path in Path("config", kind).glob("*.yaml"))


def settings_file(kind, name, asked_by):
    """Give the file of a name, or refuse a name without a file on behalf of the file that asks for it."""
    if name not in names(kind):
        raise InputError(
            asked_by,
            expected=f"{kind} among {', '.join(names(kind))}",
            found=f"'{name}'",
        )
    return f"config/{kind}/{name}.yaml"


def check_module(path, folder, kind):
    """Refuse a kind of encoder or objective that no file of the package is named after."""
    files = Path(workflow.basedir, "la2ds", folder).glob("[!_]*.py")
    known = sorted(file.stem for file in files)
    if kind not in known:
        key = f"'{Path(folder).name.removesuffix('s')}.kind'"
        raise InputError(
            path, expected=f"{key} among {', '.join(known)}", found=f"'{kind}'"
        )


def load_settings(kind, name, asked_by=CONFIG_FILE):
    """Read and check one settings file, with what config.yaml lays over it."""
    settings_file(kind, name, asked_by)
    return read_settings(kind, name)


# Asked for again with every job and by every table, and files do not change under a plan: read once.
@functools.cache
def read_settings(kind, name):
    """Read and check one settings file that is there."""
    path = f"config/{kind}/{name}.yaml"
    if kind == "methods":
        checked = la2ds_config.load_method(path)
        for file in la2ds_config.method_files(path):
            check_schema(la2ds_config.load_yaml(file), "method", file)
        if checked.weights:
            load_settings("methods", checked.weights, path)
        if not checked.is_control:
            check_module(path, "learning/encoders", checked.encoder.kind)
            check_module(path, "learning/objectives", checked.objective.kind)
        return checked
    overrides = config["overrides"].get(name, {}) if kind == "datasets" else {}
    where = f"{path} with the overrides of {CONFIG_FILE}" if overrides else path
    content = la2ds_config.merge(la2ds_config.load_yaml(path), overrides)
    checked = la2ds_config.build(CLASSES[kind], content, where)
    check_schema(content, kind.removesuffix("s"), where)
    return checked


def load_dataset(name):
    """Read a dataset file; names become folders, so some are taken."""
    dataset, path = load_settings("datasets", name), f"config/datasets/{name}.yaml"
    if not la2ds_config.NAME.match(name) or name in RESERVED:
        raise InputError(
            path,
            expected=f"a name of a-z, 0-9, _ other than {', '.join(RESERVED)}",
            found=name,
        )
    # Its own clips, or those that another dataset has drawn.
    drawn = {f"results/{other}/source" for other in (name, *names("datasets"))}
    if dataset.reader == "demo" and dataset.root not in drawn:
        raise InputError(
            path,
            expected=f"root results/{name}/source for reader demo",
            found=dataset.root,
        )
    check_pose(path, "pose", dataset.pose, 2)
    if dataset.pose_3d:
        check_pose(path, "pose_3d", dataset.pose_3d, 3)
    return dataset


def check_pose(path, key, pose, dims):
    """Refuse a pose source that does not exist, or has other dimensions."""
    known = pose_sources.sources_of(dims)
    if pose not in known:
        raise InputError(
            path, expected=f"'{key}' among {', '.join(known)}", found=f"'{pose}'"
        )


@functools.cache
def load_table(name):
    """Read a table file and everything it names; one without rows gets those of config.yaml's `rows`."""
    table, path = load_settings("tables", name), f"config/tables/{name}.yaml"
    if not table.methods:
        rows = load_settings("tables", config["rows"])
        table = dataclasses.replace(table, methods=rows.methods)
    if not table.methods:
        raise InputError(
            CONFIG_FILE, expected="'rows' to name a table with methods", found="none"
        )
    load_settings("protocols", table.protocol, path)
    for method in table.methods:
        load_settings("methods", method, path)
    for key in ("robustness", "shown"):
        for method in getattr(table, key):
            if method not in table.methods:
                rows = ", ".join(table.methods)
                raise InputError(
                    path, expected=f"'{key}' among its methods {rows}", found=method
                )
    if table.dataset:
        settings_file("datasets", table.dataset, path)
    if table.reference and table.reference not in table.methods:
        rows = ", ".join(table.methods)
        raise InputError(
            path,
            expected=f"'reference' among its methods {rows}",
            found=f"'{table.reference}'",
        )
    return table


try:
    check_schema(config, "config", CONFIG_FILE)
    for name in [*config["datasets"], *config["overrides"]]:
        settings_file("datasets", name, CONFIG_FILE)
    # All datasets, not only config's: `snakemake results/penn/retrieval.csv` works for every file.
    DATASETS = {name: load_dataset(name) for name in names("datasets")}
    TABLES = {name: load_table(name) for name in config["tables"]}
    # Tables about one dataset, named in config.yaml or not: results/tables/{study}.md can always be asked for.
    STUDIES = {
        name: load_table(name)
        for name in names("tables")
        if load_settings("tables", name).dataset
    }
except InputError as error:
    raise WorkflowError(str(error)) from None


wildcard_constraints:
    dataset="|".join(DATASETS),
    shard="[a-z0-9_]+",
    pose="[a-z0-9_]+",
    heatmap="[a-z0-9_]+",
    picture_spec="[a-z0-9_]+",
    method="[a-z0-9_]+",
    action="[a-z0-9_]+",
    protocol="[a-z0-9_]+",
    # Spelt out, for {table}_{dataset} must come apart in one way only.
    table="|".join(names("tables")),
    # One that nothing is called, where there is none.
    study="|".join(STUDIES) or "no-study",
    seed="[0-9]+",
