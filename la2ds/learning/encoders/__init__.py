"""Networks that turn views into frame embeddings."""

from typing import Any

from la2ds.learning.encoders.coordinate_transformer import CoordinateTransformer
from la2ds.learning.encoders.fusion_transformer import FusionTransformer
from la2ds.learning.encoders.heatmap_transformer import HeatmapTransformer
from la2ds.learning.encoders.joint_transformer import JointTransformer
from la2ds.learning.encoders.rgb_conv3d import RgbConv3d
from la2ds.learning.encoders.rgb_transformer import RgbTransformer

ENCODERS: dict[str, Any] = {
    "heatmap_transformer": HeatmapTransformer,
    "coordinate_transformer": CoordinateTransformer,
    "joint_transformer": JointTransformer,
    "rgb_transformer": RgbTransformer,
    "rgb_conv3d": RgbConv3d,
    "fusion_transformer": FusionTransformer,
}
