"""Networks that turn a view into frame embeddings."""

from typing import Any

from la2ds.encoders.heatmap_transformer import HeatmapTransformer

ENCODERS: dict[str, Any] = {
    "heatmap_transformer": HeatmapTransformer,
}
