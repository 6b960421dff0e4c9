"""Typed settings read from YAML: unknown keys, wrong types and impossible values are refused with file and key.

This room needs only PyYAML, so that the workflow can check a whole study before it plans the first job. Everything in
it is to be imported from here.
"""

from la2ds.config.augmentation import AugmentationConfig, PictureAugmentationConfig, SkeletonAugmentationConfig
from la2ds.config.dataset import ALL, DatasetConfig, FramesConfig
from la2ds.config.estimation import EstimationConfig, FillGapsConfig
from la2ds.config.input import CoordinatesConfig, HeatmapSpec, InputConfig, PictureSpec
from la2ds.config.kinds import (
    CLASSIFIER_KINDS,
    CONTROL_KINDS,
    ENCODER_KINDS,
    LABELLED_KINDS,
    METRIC_KINDS,
    OBJECTIVE_KINDS,
    PADDING_KINDS,
    READER_KINDS,
    TASKS,
)
from la2ds.config.method import (
    EncoderConfig,
    MethodConfig,
    ObjectiveConfig,
    OptimiserConfig,
)
from la2ds.config.method_files import load_method, method_files
from la2ds.config.poses import PosesConfig
from la2ds.config.protocol import DAMAGED, ProtocolConfig
from la2ds.config.shipped_files import file_of, method_file, protocol_file, shipped
from la2ds.config.strict import NAME, as_dict, build, flat, from_text, load, merge, require
from la2ds.config.table import ColumnConfig, TableConfig
from la2ds.config.yaml_file import load_yaml

__all__ = [
    "ALL",
    "CLASSIFIER_KINDS",
    "CONTROL_KINDS",
    "DAMAGED",
    "ENCODER_KINDS",
    "LABELLED_KINDS",
    "METRIC_KINDS",
    "NAME",
    "OBJECTIVE_KINDS",
    "PADDING_KINDS",
    "READER_KINDS",
    "TASKS",
    "AugmentationConfig",
    "ColumnConfig",
    "CoordinatesConfig",
    "DatasetConfig",
    "EncoderConfig",
    "EstimationConfig",
    "FillGapsConfig",
    "FramesConfig",
    "HeatmapSpec",
    "InputConfig",
    "MethodConfig",
    "ObjectiveConfig",
    "OptimiserConfig",
    "PictureAugmentationConfig",
    "PictureSpec",
    "PosesConfig",
    "ProtocolConfig",
    "SkeletonAugmentationConfig",
    "TableConfig",
    "as_dict",
    "build",
    "file_of",
    "flat",
    "from_text",
    "load",
    "load_method",
    "load_yaml",
    "merge",
    "method_file",
    "method_files",
    "protocol_file",
    "require",
    "shipped",
]
