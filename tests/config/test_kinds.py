"""The names that settings may give are those of the registries, and others are refused before torch is imported."""

import subprocess
import sys

import pytest
import yaml

from la2ds import config
from la2ds.config import DatasetConfig, ProtocolConfig, TableConfig, load, load_method
from la2ds.datasets.index import READERS
from la2ds.errors import InputError
from la2ds.evaluation.metrics.phase_classification import CLASSIFIERS
from la2ds.formats.results.metrics import TASKS
from la2ds.learning.encoders import ENCODERS
from la2ds.learning.objectives import OBJECTIVES
from la2ds.report.tables.cost import COST


@pytest.mark.parametrize(
    ("names", "registry"),
    [
        (config.ENCODER_KINDS, ENCODERS),
        (config.OBJECTIVE_KINDS, OBJECTIVES),
        (config.PADDING_KINDS, [kind for kind, made in OBJECTIVES.items() if made.padding]),
        (config.LABELLED_KINDS, [kind for kind, made in OBJECTIVES.items() if made.labelled]),
        (config.READER_KINDS, READERS),
        (config.CLASSIFIER_KINDS, CLASSIFIERS),
        (config.METRIC_KINDS, [*TASKS, COST]),
    ],
)
def test_names_are_those_of_the_registry(names, registry):
    assert set(names) == set(registry) and len(names) == len(registry)


@pytest.mark.parametrize(
    ("read", "content", "told"),
    [
        (load_method, {"label": "M", "encoder": {"kind": "layers"}}, "'encoder.kind' among heatmap_transformer"),
        (load_method, {"label": "M", "objective": {"kind": "soft_dtw"}}, "'objective.kind' among regression"),
        (DatasetConfig, {"reader": "nobody", "root": "x", "actions": ["a"]}, "'reader' among casa"),
        (ProtocolConfig, {"classifiers": ["forest"]}, "'classifiers' among svc_rbf"),
        (
            TableConfig,
            {"title": "T", "columns": [{"metric": "acc", "variant": "v", "label": "l"}]},
            "metric' among phase_accuracy",
        ),
    ],
)
def test_other_names_are_refused(tmp_path, read, content, told):
    path = tmp_path / "x.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(InputError) as error:
        read(path) if read is load_method else load(read, path)
    assert str(error.value).startswith(f"{path}: expected ") and told in str(error.value)


def test_settings_take_neither_torch_nor_numpy():
    code = "import sys, la2ds.config; print(*sorted({'torch', 'numpy', 'pandas', 'sklearn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
