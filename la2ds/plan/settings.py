"""A study's settings: each is refused or accepted before the first job is planned."""

import dataclasses
import functools
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import jsonschema

from la2ds.config import (
    NAME,
    DatasetConfig,
    MethodConfig,
    ProtocolConfig,
    TableConfig,
    build,
    from_text,
    load_method,
    load_yaml,
    merge,
    method_files,
)
from la2ds.errors import InputError, with_nearest
from la2ds.pose.sources import sources_of

CONFIG_FILE = "config/config.yaml"
T = TypeVar("T")
KINDS = ("datasets", "methods", "protocols", "tables")
CLASSES = {"datasets": DatasetConfig, "protocols": ProtocolConfig, "tables": TableConfig}
SCHEMAS = Path(__file__).resolve().parents[2] / "workflow" / "schemas"
# Folders of results/ that are not a dataset's.
RESERVED = ("benchmarks", "figures", "logs", "mlflow", "tables")


class Readable(dict[str, T]):
    """Settings by name; those of a broken file are refused when they are asked for.

    Attributes:
        broken: name -> what is wrong with its file.
    """

    def __init__(self) -> None:
        super().__init__()
        self.broken: dict[str, InputError] = {}

    def __missing__(self, name: str) -> T:
        raise self.broken.get(name, KeyError(name))


class Settings:
    """The files below config/, and config.yaml, which names some of them.

    Attributes:
        config: the content of config.yaml.
        datasets: every file of config/datasets, not only config.yaml's: ``results/penn/retrieval.csv`` works for each.
        tables: the tables that config.yaml names.
        studies: every table about one dataset, named in config.yaml or not: it can always be asked for.
    """

    def __init__(self, config: Mapping[str, Any], *, schemas: Path = SCHEMAS) -> None:
        """Read and check everything that the study may need.

        Args:
            config: content of config.yaml.
            schemas: folder of the JSON schemas.

        Raises:
            InputError: naming the file and the key.
        """
        self.notes: list[str] = []
        self._schemas = schemas
        # Asked for again with every job and by every table, and files do not change under a plan: read once.
        self.read: Callable[[str, str], Any] = functools.cache(self._read)
        self._validator = functools.cache(self._read_schema)
        self.config = config = truth_values(config, self._validator("config").schema)
        self.load_table = functools.cache(self._load_table)
        self.method = functools.cache(self._method_of_target)
        self.check_schema(config, "config", CONFIG_FILE)
        for name in [*config["datasets"], *config["overrides"]]:
            self.file("datasets", name, CONFIG_FILE)
        self.datasets: Readable[DatasetConfig] = self._readable("datasets", self._load_dataset)
        self.tables = {name: self.load_table(name) for name in config["tables"]}
        tables = self._readable("tables", functools.partial(self.load, "tables"))
        about_one = [*tables.broken, *(name for name, table in tables.items() if table.dataset)]
        self.studies: Readable[TableConfig] = self._readable("tables", self.load_table, about_one)

    def _readable(self, kind: str, load: Callable[[str], Any], wanted: Sequence[str] | None = None) -> "Readable[Any]":
        """Load all files of a kind, or some; a broken one that config.yaml does not name stops nobody, and is named."""
        loaded: Readable[Any] = Readable()
        for name in names(kind) if wanted is None else wanted:
            try:
                loaded[name] = load(name)
            except InputError as error:
                if name in self.config[kind]:
                    raise
                loaded.broken[name] = error
                self.note(f"Left out, since nothing of config.yaml needs it: {error}.")
        return loaded

    def note(self, sentence: str) -> None:
        """Say something to the person who plans, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)
            print(sentence, file=sys.stderr)

    def file(self, kind: str, name: str, asked_by: str) -> str:
        """Give the file of a name.

        Args:
            kind: datasets, methods, protocols or tables.
            name: the file's name without its ending.
            asked_by: what names it, for the message.

        Raises:
            InputError: if there is no such file.
        """
        if name not in names(kind):
            elsewhere = [f"config/{other}/{name}.yaml" for other in KINDS if name in names(other)]
            found = f"'{name}', which is {elsewhere[0]}" if elsewhere else with_nearest(name, names(kind))
            raise InputError(asked_by, expected=f"{kind} among {', '.join(names(kind))}", found=found)
        return f"config/{kind}/{name}.yaml"

    def load(self, kind: str, name: str, asked_by: str = CONFIG_FILE) -> Any:
        """Read and check one settings file, with what config.yaml lays over it."""
        self.file(kind, name, asked_by)
        return self.read(kind, name)

    def _method_of_target(self, name: str) -> MethodConfig:
        """Read a method file; a name without one is the target's fault, and the message says so."""
        method: MethodConfig = self.load("methods", name, "the target")
        return method

    def check_schema(self, content: Any, kind: str, file: str) -> None:
        """Hold a mapping against its schema.

        Raises:
            InputError: one line naming file and key.
        """
        fault = next(self._validator(kind).iter_errors(content), None)
        if fault is not None:
            raise schema_error(file, fault, kind)

    def _read_schema(self, kind: str) -> Any:
        return jsonschema.Draft202012Validator(load_yaml(self._schemas / f"{kind}.schema.yaml"))

    def _read(self, kind: str, name: str) -> Any:
        path = f"config/{kind}/{name}.yaml"
        if kind == "methods":
            return self._read_method(path)
        overrides = self.config["overrides"].get(name, {}) if kind == "datasets" else {}
        where = f"{path} with the overrides of {CONFIG_FILE}" if overrides else path
        # Snakemake hands numbers below the first key of --config on as text.
        content = merge(load_yaml(path), from_text(CLASSES[kind], overrides))
        checked: Any = build(CLASSES[kind], content, where)
        self.check_schema(content, kind.removesuffix("s"), where)
        return checked

    def _read_method(self, path: str) -> MethodConfig:
        method = load_method(path)
        for file in method_files(path):
            self.check_schema(load_yaml(file), "method", str(file))
        if method.weights:
            self.load("methods", method.weights, path)
        return method

    def _load_dataset(self, name: str) -> DatasetConfig:
        """Read a dataset file; names become folders, so some are taken."""
        dataset: DatasetConfig = self.load("datasets", name)
        path = f"config/datasets/{name}.yaml"
        if not NAME.match(name) or name in RESERVED:
            expected = f"a name of a-z, 0-9, _ other than {', '.join(RESERVED)}"
            raise InputError(path, expected=expected, found=name)
        # Its own clips, or those that another dataset has drawn.
        drawn = {f"results/{other}/source" for other in (name, *names("datasets"))}
        if dataset.reader == "demo" and dataset.root not in drawn:
            raise InputError(path, expected=f"root results/{name}/source for reader demo", found=dataset.root)
        check_pose(path, "pose", dataset.pose, 2)
        if dataset.pose_3d:
            check_pose(path, "pose_3d", dataset.pose_3d, 3)
        return dataset

    def _load_table(self, name: str) -> TableConfig:
        """Read a table file and everything it names; one without rows gets those of config.yaml's `rows`."""
        table: TableConfig = self.load("tables", name)
        path = f"config/tables/{name}.yaml"
        if not table.methods:
            table = dataclasses.replace(table, methods=self.load("tables", self.config["rows"]).methods)
        if not table.methods:
            raise InputError(CONFIG_FILE, expected="'rows' to name a table with methods", found="none")
        self.load("protocols", table.protocol, path)
        for method in table.methods:
            self.load("methods", method, path)
        if table.dataset:
            self.file("datasets", table.dataset, path)
        check_table(table, path)
        return table


def truth_values(config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the words true and false into truth values where a schema wants one; for --config Snakemake knows True."""
    words = {"true": True, "false": False}
    wanted = {key for key, about in schema["properties"].items() if about.get("type") == "boolean"}
    return {k: words.get(str(v).lower(), v) if k in wanted else v for k, v in config.items()}


@functools.cache
def names(kind: str) -> list[str]:
    """List the names of config/<kind>/*.yaml."""
    return sorted(path.stem for path in Path("config", kind).glob("[!.]*.yaml"))


def schema_error(file: str, fault: jsonschema.ValidationError, kind: str) -> InputError:
    """Turn a schema's complaint, which fills a screen, into one sentence.

    Where a class stands behind a kind of file, it has read the file before: a key that it knows is new.
    """
    if fault.validator == "additionalProperties":
        known = fault.schema.get("properties", {})
        unknown = sorted(set(fault.instance) - set(known))[0]
        if kind != "config":
            expected = f"key '{unknown}' of {file} (python scripts/make_schemas.py writes it)"
            return InputError(f"workflow/schemas/{kind}.schema.yaml", expected=expected, found="no such key")
        found = f"key {with_nearest(unknown, known)}"
        return InputError(file, expected=f"one of the keys {', '.join(known)}", found=found)
    key = ".".join(str(part) for part in fault.absolute_path) or "the file"
    expected = f"'{key}' to have {fault.validator} {fault.validator_value}"
    return InputError(file, expected=expected, found=json.dumps(fault.instance))


def check_pose(path: str, key: str, pose: str, dims: int) -> None:
    """Refuse a pose source that does not exist, or has other dimensions."""
    known = sources_of(dims)
    if pose not in known:
        raise InputError(path, expected=f"'{key}' among {', '.join(known)}", found=f"'{pose}'")


def check_table(table: TableConfig, path: str) -> None:
    """Refuse rows that a table names and does not have."""
    rows = ", ".join(table.methods)
    for key in ("robustness", "shown"):
        for method in getattr(table, key):
            if method not in table.methods:
                raise InputError(path, expected=f"'{key}' among its methods {rows}", found=method)
    if table.reference and table.reference not in table.methods:
        raise InputError(path, expected=f"'reference' among its methods {rows}", found=f"'{table.reference}'")
