"""EfficientNet-Lite0: the small network of mobile inverted bottlenecks for processors, 4.7 million weights.

Tan & Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019; its Lite variants
(2020) leave out squeeze-and-excitation and take ReLU6 for swish. Names of layers are those of the published weights, so
that they are read as they are.
"""

from itertools import pairwise
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

# What the weights were trained on: (x - 127) / 128 of values from 0 to 255.
MEAN = (127 / 255,) * 3
STD = (128 / 255,) * 3
# Of each stage: blocks, kernel, stride of the first block, channels.
STAGES = ((1, 3, 1, 16), (2, 3, 2, 24), (2, 5, 2, 40), (3, 3, 2, 80), (3, 5, 1, 112), (4, 5, 2, 192), (1, 3, 1, 320))
STEM, HEAD = 32, 1280
_EPS = 1e-3  # of batch normalisation


class EfficientNetLite0(nn.Module):
    """The network without its classifier."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = _same(3, STEM, 3, stride=2), _norm(STEM)
        inside, blocks = STEM, []
        for number, (repeats, kernel, stride, outside) in enumerate(STAGES):
            for n in range(repeats):
                expand = 6 if number else 1
                blocks.append(_Block(inside, outside, kernel, stride=1 if n else stride, expand=expand))
                inside = outside
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = _same(inside, HEAD, 1), _norm(HEAD)

    def forward(self, pixel_values: Tensor, layer: int = 0) -> Tensor:
        """Compute a feature map.

        Args:
            pixel_values: (N, 3, S, S), scaled by ``MEAN`` and ``STD``.
            layer: 1 to 7 for the map after that stage; 0 for the last layer's.

        Returns:
            (N, K, H, W); for S = 224 and layer 5 (N, 112, 14, 14), for layer 0 (N, 1280, 7, 7).

        Raises:
            ValueError: if there is no such layer.
        """
        if not 0 <= layer <= len(STAGES):
            raise ValueError(f"{len(STAGES)} layers")
        x = F.relu6(self._bn0(self._conv_stem(pixel_values)))
        stages = layer or len(STAGES)
        for block in self._blocks[: sum(repeats for repeats, *_ in STAGES[:stages])]:
            x = block(x)
        return x if layer else F.relu6(self._bn1(self._conv_head(x)))

    def fuse(self) -> "EfficientNetLite0":
        """Put each normalisation into the convolution before it: the same maps, quicker, and not to be trained."""
        self.eval()
        for module in self.modules():
            for (name, one), (after, two) in pairwise(list(module.named_children())):
                if isinstance(one, nn.Conv2d) and isinstance(two, nn.BatchNorm2d):
                    setattr(module, name, fuse_conv_bn_eval(one, two))
                    setattr(module, after, nn.Identity())
        return self


def load_efficientnet_lite0(path: Path) -> EfficientNetLite0:
    """Read the network's weights.

    Args:
        path: safetensors with the published names; those of the classifier are left aside.

    Raises:
        SafetensorError, RuntimeError: if the file is broken, or holds other weights.
    """
    weights = {key: value for key, value in load_file(path).items() if not key.startswith("_fc.")}
    network = EfficientNetLite0()
    network.load_state_dict(weights)
    network.fuse()
    # Half the time on a processor.
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


class _Block(nn.Module):
    """An inverted bottleneck: widen, convolve each channel by itself, narrow; added to what came in where it fits."""

    def __init__(self, inside: int, outside: int, kernel: int, *, stride: int, expand: int) -> None:
        super().__init__()
        wide = inside * expand
        if expand > 1:
            self._expand_conv, self._bn0 = _same(inside, wide, 1), _norm(wide)
        self._depthwise_conv, self._bn1 = _same(wide, wide, kernel, stride=stride, groups=wide), _norm(wide)
        self._project_conv, self._bn2 = _same(wide, outside, 1), _norm(outside)
        self.expands, self.adds = expand > 1, stride == 1 and inside == outside

    def forward(self, x: Tensor) -> Tensor:
        wide = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        narrow = self._bn2(self._project_conv(F.relu6(self._bn1(self._depthwise_conv(wide)))))
        return x + narrow if self.adds else narrow


class _Same(nn.Conv2d):
    """A convolution with TensorFlow's padding ``SAME``: with stride 2, one more at the right and the bottom."""

    def forward(self, x: Tensor) -> Tensor:
        pads = []
        for size, kernel, stride in zip(x.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1], strict=True):
            lacking = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [lacking // 2, lacking - lacking // 2]
        return super().forward(F.pad(x, pads))


def _same(inside: int, outside: int, kernel: int, *, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    return _Same(inside, outside, kernel, stride=stride, groups=groups, bias=False)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_EPS)
