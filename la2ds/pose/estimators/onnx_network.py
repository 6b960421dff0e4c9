"""A network in an ONNX file, run by ONNX Runtime on one core: shards run side by side."""

from pathlib import Path

import numpy as np

from la2ds.errors import InputError


class OnnxNetwork:
    """A network that takes one picture.

    Attributes:
        path: its file.
        size: height and width of its input in pixels.
    """

    def __init__(self, path: Path, *, what: str) -> None:
        """Load it.

        Args:
            path: the file.
            what: what it should be, for messages.

        Raises:
            InputError: if there is no such file, it is no ONNX network, or does not take pictures of one size.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's own errors have no common base
            raise InputError(path, expected=f"{what} (ONNX)", found=str(error).splitlines()[0]) from error
        inputs = self._session.get_inputs()
        shape = inputs[0].shape
        if len(inputs) != 1 or len(shape) != 4 or shape[1] != 3 or not all(isinstance(n, int) for n in shape[2:]):
            found = f"inputs of {' and '.join(str(i.shape) for i in inputs)}"
            raise InputError(path, expected=f"{what} with one input of (1, 3, height, width)", found=found)
        self.path, self.size = path, (int(shape[2]), int(shape[3]))
        self._input = inputs[0].name

    def __call__(self, picture: np.ndarray) -> list[np.ndarray]:
        """Run it on a (H, W, 3) picture of its size, prepared as it wants."""
        batch = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], dtype=np.float32)
        return [np.asarray(output) for output in self._session.run(None, {self._input: batch})]


def runtime_version() -> str:
    """Give ONNX Runtime's version."""
    import onnxruntime

    return str(onnxruntime.__version__)
