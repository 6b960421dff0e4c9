"""The restricted unpickler: what it reads, and that what it refuses never runs."""

import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch

from la2ds.datasets.unpickle import load_npy, load_pickle
from la2ds.errors import InputError


class Malicious:
    """Unpickled freely, it would make the file ``trace``."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return os.system, (f"touch {self.trace}",)


def write_pickle(path: Path, content: object, protocol: int = pickle.DEFAULT_PROTOCOL) -> Path:
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    return path


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_arrays_and_plain_values_come_back(tmp_path, protocol):
    content = {"array": np.arange(6).reshape(2, 3), "scalar": np.int16(3), "mixed": np.array([1, "a"], dtype=object)}
    content |= {"list": [1.5, None, True], "tuple": ("text", b"bytes"), "ordered": OrderedDict(a=1)}
    found = load_pickle(write_pickle(tmp_path / "values.pkl", content, protocol))
    assert list(found) == list(content)
    np.testing.assert_array_equal(found["array"], content["array"])
    np.testing.assert_array_equal(found["mixed"], content["mixed"])
    for key in ("scalar", "list", "tuple", "ordered"):
        assert found[key] == content[key]


def test_torch_tensors_come_back_as_arrays(tmp_path):
    tensors = [
        torch.arange(5),
        torch.arange(5, dtype=torch.int32)[2:],
        torch.arange(6.0).reshape(2, 3).T,
        torch.empty(0),
    ]
    found = load_pickle(write_pickle(tmp_path / "tensors.pkl", (tensors, {"a": [0]})))
    assert found[1] == {"a": [0]}
    for got, tensor in zip(found[0], tensors, strict=True):
        assert isinstance(got, np.ndarray)
        np.testing.assert_array_equal(got, tensor.numpy())
        assert got.dtype == tensor.numpy().dtype


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [(0, (5,), (1,)), (3, (2,), (1,)), (-1, (2,), (1,)), (0, (2,), (-1,)), (0, (2, 2), (4, 1))],
    ids=["too long", "offset", "negative offset", "negative stride", "stride"],
)
def test_a_tensor_may_not_reach_outside_its_storage(tmp_path, offset, size, stride):
    class Reaching:
        def __reduce__(self):
            storage = torch.arange(4)._typed_storage()
            return torch._utils._rebuild_tensor_v2, (storage, offset, size, stride, False, OrderedDict())

    path = write_pickle(tmp_path / "reaching.pkl", Reaching())
    with pytest.raises(InputError, match="larger than its storage"):
        load_pickle(path)


def test_malicious_pickle_is_refused_and_does_not_run(tmp_path):
    trace = tmp_path / "trace"
    path = write_pickle(tmp_path / "bad.pkl", {"frame_label": Malicious(trace)})
    with pytest.raises(InputError, match=r"bad\.pkl: expected .*, found (posix|nt)\.system"):
        load_pickle(path)
    assert not trace.exists()
    # The witness: the very same file does run when it is unpickled freely.
    pickle.loads(path.read_bytes())
    assert trace.exists()


def test_malicious_npy_is_refused_and_does_not_run(tmp_path):
    trace = tmp_path / "trace"
    path = tmp_path / "bad.npy"
    np.save(path, np.array({"0001": Malicious(trace)}, dtype=object))
    with pytest.raises(InputError, match=r"bad\.npy: expected .*\.system"):
        load_npy(path)
    assert not trace.exists()


def test_malicious_pickle_inside_a_tensor_does_not_run(tmp_path):
    trace = tmp_path / "trace"

    class Storage:
        def __reduce__(self):
            return torch.storage._load_from_bytes, (pickle.dumps(Malicious(trace), protocol=2),)

    path = write_pickle(tmp_path / "bad.pkl", Storage())
    with pytest.raises(InputError, match=r"bad\.pkl"):
        load_pickle(path)
    assert not trace.exists()


@pytest.mark.parametrize("name", ["builtins.eval", "builtins.getattr", "numpy.load", "collections.Counter"])
def test_other_globals_are_refused_by_name(tmp_path, name):
    module, attribute = name.split(".")
    path = tmp_path / "global.pkl"
    path.write_bytes(f"c{module}\n{attribute}\n.".encode())
    with pytest.raises(InputError, match=f"found {module}.{attribute}"):
        load_pickle(path)


def test_a_pickle_cannot_change_the_admitted_functions(tmp_path):
    # BUILD with (None, {name: value}) sets attributes of whatever stands on the stack.
    path = tmp_path / "build.pkl"
    path.write_bytes(b"ctorch._utils\n_rebuild_tensor_v2\n(N(S'__defaults__'\nNdtb.")
    load_pickle(path)
    tensor = load_pickle(write_pickle(tmp_path / "tensor.pkl", torch.arange(3)))
    np.testing.assert_array_equal(tensor, [0, 1, 2])


def test_only_latin1_is_decoded(tmp_path):
    path = tmp_path / "codec.pkl"
    path.write_bytes(b"c_codecs\nencode\n(Vtext\nVrot13\ntR.")
    with pytest.raises(InputError, match="rot13"):
        load_pickle(path)


@pytest.mark.parametrize("content", [b"", b"not a pickle", pickle.dumps([1, 2, 3])[:-3]], ids=["empty", "text", "cut"])
def test_broken_files_are_named(tmp_path, content):
    path = tmp_path / "broken.pkl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"broken\.pkl: expected a whole pickle"):
        load_pickle(path)
    with pytest.raises(InputError, match=r"broken\.pkl: expected a whole \.npy file"):
        load_npy(path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.pkl: expected a readable file, found No such file"):
        load_pickle(tmp_path / "none.pkl")


def test_npy_of_numbers_and_of_a_dict(tmp_path):
    np.save(tmp_path / "numbers.npy", np.arange(4))
    np.save(tmp_path / "dict.npy", np.array({"0001": {"labels": np.arange(3)}}, dtype=object))
    np.testing.assert_array_equal(load_npy(tmp_path / "numbers.npy"), [0, 1, 2, 3])
    np.testing.assert_array_equal(load_npy(tmp_path / "dict.npy").item()["0001"]["labels"], [0, 1, 2])


@pytest.mark.parametrize("keep", [20, 130, -2])
def test_cut_npy_is_refused(tmp_path, keep):
    path = tmp_path / "cut.npy"
    np.save(path, np.arange(40))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"cut\.npy"):
        load_npy(path)


def test_real_casa_file(shared_data):
    records = load_npy(shared_data / "data/casa_npyrecords/jumping_jacks_val.npy").item()
    assert len(records) == 56
    record = records["1039"]
    assert record["pose"].shape == (29, 72)
    assert record["labels"].shape == (29,)
    assert sorted(set(record["labels"].tolist())) == [0, 1, 2, 3]
