"""Networks with the inputs and outputs of RTMPose and of a detector, that need no training.

The pose network finds dots: joint j is where the colour is ``COLOURS[j]``. The detector always finds the same boxes.
"""

import itertools
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from la2ds.pose.estimators.simcc import DEVIATION, MEAN

# Red, green, blue; none is near black or near another.
COLOURS = np.array(list(itertools.product((0, 127, 255), repeat=3))[1:18], dtype=np.uint8)


def _save(path: Path, nodes: list, constants: dict[str, np.ndarray], size: tuple[int, int], outputs: dict) -> Path:
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, *size])]
    described = [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in outputs.items()]
    values = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    model = helper.make_model(
        helper.make_graph(nodes, "standin", inputs, described, values),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
    )
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def save_pose_network(path: Path, *, joints: int = 17, size: tuple[int, int] = (256, 192), bins: int = 2) -> Path:
    """Score of joint j at a pixel: 1 - |x - c_j|^2, cut to [0, 1], x and c_j normalised as RTMPose's pictures are."""
    height, width = size
    colours = ((COLOURS - MEAN) / DEVIATION)[np.arange(joints) % len(COLOURS)].astype(np.float32)
    constants = {
        "weight": 2 * colours[:, :, None, None],
        "bias": (1 - (colours**2).sum(axis=1)).astype(np.float32),
        "channels": np.array([1]),
        "down": np.array([2]),
        "across": np.array([3]),
        "low": np.array(0, np.float32),
        "high": np.array(1, np.float32),
        **{f"{axis}_wide": np.array([1, joints, n, 1]) for axis, n in (("x", width), ("y", height))},
        **{f"{axis}_twice": np.array([1, joints, n, bins]) for axis, n in (("x", width), ("y", height))},
        **{f"{axis}_flat": np.array([1, joints, n * bins]) for axis, n in (("x", width), ("y", height))},
    }
    make = helper.make_node
    nodes = [
        make("Conv", ["input", "weight", "bias"], ["dot"]),
        make("Mul", ["input", "input"], ["squares"]),
        make("ReduceSum", ["squares", "channels"], ["norm"], keepdims=1),
        make("Sub", ["dot", "norm"], ["near"]),
        make("Clip", ["near", "low", "high"], ["score"]),
    ]
    for axis, other in (("x", "down"), ("y", "across")):
        nodes += [
            make("ReduceMax", ["score", other], [f"{axis}_best"], keepdims=0),
            make("Reshape", [f"{axis}_best", f"{axis}_wide"], [f"{axis}_4"]),
            make("Expand", [f"{axis}_4", f"{axis}_twice"], [f"{axis}_5"]),
            make("Reshape", [f"{axis}_5", f"{axis}_flat"], [f"simcc_{axis}"]),
        ]
    outputs = {f"simcc_{a}": (TensorProto.FLOAT, [1, joints, n * bins]) for a, n in (("x", width), ("y", height))}
    return _save(path, nodes, constants, size, outputs)


def save_detector(path: Path, boxes: list[list[float]], labels: list[int], *, size: tuple[int, int] = (64, 64)) -> Path:
    """Always find these boxes (four sides in pixels of the input, and a score) of these classes."""
    constants = {
        "boxes": np.array([boxes], np.float32),
        "classes": np.array([labels]),
        "nothing": np.array(0, np.float32),
    }
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "nothing"], ["zero"]),
        helper.make_node("Add", ["boxes", "zero"], ["dets"]),
        helper.make_node("Identity", ["classes"], ["labels"]),
    ]
    outputs = {"dets": (TensorProto.FLOAT, [1, len(boxes), 5]), "labels": (TensorProto.INT64, [1, len(boxes)])}
    return _save(path, nodes, constants, size, outputs)
