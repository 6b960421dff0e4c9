"""Pack the pose or the hand landmarker from the models inside the ``mediapipe==0.10.21`` wheel; run as a script.

    python pack_landmarker.py WHEEL OUTPUT pose

Landmarkers refuse those models as they are, since they do not say how a picture becomes their input. This script
writes that into them with the wheel's own metadata writer. It runs by itself in a process of its own, because the
writer is called ``mediapipe`` like the installed package, and it must not import la2ds.

The writer is pure Python but for two C++ modules, and those bind the wheel to one Python version. Neither is needed
here: one looks up the metadata's parser version, which is 1.0.0 for everything written below, and the other prints
the metadata as JSON. With stand-ins for both, the wheel of any platform does on every platform.
"""

import sys
import tempfile
import types
import zipfile
from pathlib import Path
from typing import Any

# landmarker -> member of the task file -> (member of the wheel, mean and standard deviation of the input picture)
MODELS = {
    "pose": {
        "pose_detector.tflite": ("mediapipe/modules/pose_detection/pose_detection.tflite", 127.5, 127.5),
        "pose_landmarks_detector.tflite": ("mediapipe/modules/pose_landmark/pose_landmark_full.tflite", 0.0, 255.0),
    },
    "hand": {
        "hand_detector.tflite": ("mediapipe/modules/palm_detection/palm_detection_full.tflite", 0.0, 255.0),
        "hand_landmarks_detector.tflite": ("mediapipe/modules/hand_landmark/hand_landmark_full.tflite", 0.0, 255.0),
    },
}
_PURE = ("mediapipe/tasks/metadata/", "mediapipe/tasks/python/metadata/")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: the same bytes come out every time


def main(wheel: str, output: str, kind: str) -> None:
    """Write the task file ``output`` of a kind in ``MODELS`` from ``wheel``; the same wheel gives the same bytes."""
    # The hand's models hold a list of labels, as a zip at their end, which the writer copies with today's date.
    vars(zipfile)["time"] = types.SimpleNamespace(time=lambda: 0.0, localtime=lambda _: _EPOCH)
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as source:
        writer = _import_writer(source, Path(folder))
        with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED) as task:
            for name, (member, mean, std) in MODELS[kind].items():
                model = add_normalisation(writer, source.read(member), mean=mean, std=std)
                task.writestr(zipfile.ZipInfo(name, date_time=_EPOCH), model)


def add_normalisation(writer: Any, model: bytes, *, mean: float, std: float) -> bytes:
    """Say in the model that its input is an RGB picture, (value - mean) / std.

    Args:
        writer: the wheel's ``metadata_writer`` module.
        model: a TFLite model with one input.
        mean: in pixel values, 0 to 255.
        std: in pixel values.

    Returns:
        the model with its metadata.
    """
    metadata = writer.MetadataWriter.create(bytearray(model))
    metadata.add_image_input(norm_mean=[mean], norm_std=[std])
    for number, _ in enumerate(writer.writer_utils.get_output_tensor_names(bytearray(model))):
        metadata.add_feature_output(name=f"o{number}")
    described, _ = metadata.populate()
    return bytes(described)


def _import_writer(wheel: zipfile.ZipFile, folder: Path) -> Any:
    """Import the writer alone: the wheel's package ``__init__`` files would load all of MediaPipe."""
    for member in wheel.namelist():
        if member.startswith(_PURE) and member.endswith((".py", ".fbs")):
            wheel.extract(member, folder)
    for package in ("mediapipe", "mediapipe/tasks", "mediapipe/tasks/python"):
        (folder / package / "__init__.py").write_text("", encoding="utf-8")
    version = types.SimpleNamespace(GetMinimumMetadataParserVersion=lambda _: "1.0.0")
    printer = types.SimpleNamespace(IDLOptions=types.SimpleNamespace, Parser=_Printer, generate_text=lambda *_: "")
    _stand_in("mediapipe.tasks.cc.metadata.python", "_pywrap_metadata_version", version)
    _stand_in("mediapipe.tasks.python.metadata.flatbuffers_lib", "_pywrap_flatbuffers", printer)
    sys.path.insert(0, str(folder))
    from mediapipe.tasks.python.metadata.metadata_writers import metadata_writer

    return metadata_writer


class _Printer:
    def __init__(self, _: object) -> None: ...

    def parse(self, _: str) -> bool:
        return True


def _stand_in(package: str, name: str, content: object) -> None:
    """Register ``package`` so that ``from package import name`` gives ``content``."""
    module = types.ModuleType(package)
    setattr(module, name, content)
    sys.modules[package] = module


if __name__ == "__main__":
    main(*sys.argv[1:])
