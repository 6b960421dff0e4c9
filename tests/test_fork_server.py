"""Verbs run by the server of a local run: with real processes, for all of it is about how they end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from la2ds.plan.forks.client import ADDRESS
from tests.fixtures.fork_server import EDITED, THREADED, VERB
from tests.fixtures.paths import ROOT
from tests.kills.__main__ import OPTIONS, TARGETS, digests, lay_out

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such a server")
HERE = 2  # the status where a verb that only the server knows runs by itself


def wait(until: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def gone(process: int) -> bool:
    return not psutil.pid_exists(process) or psutil.Process(process).status() == psutil.STATUS_ZOMBIE


@dataclass
class Served:
    """A server, and clients of it."""

    folder: Path
    environment: dict[str, str]
    server: subprocess.Popen[bytes]

    def start(self, *words: str, **changes: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "la2ds", VERB, *words],
            cwd=ROOT,
            env=self.environment | changes,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="surrogateescape",
        )

    def status(self, *words: str, **changes: str) -> int:
        client = self.start(*words, **changes)
        client.communicate("")
        return client.returncode

    def asleep(self) -> tuple[subprocess.Popen[str], psutil.Process]:
        """Start a verb that waits; give client and job."""
        client = self.start("--asleep", str(self.folder / "job"))
        assert client.stdin is not None
        client.stdin.close()
        wait((self.folder / "job").exists)
        return client, psutil.Process(int((self.folder / "job").read_text()))


def start(folder: Path) -> Served:
    (folder / "private").mkdir()
    address = folder / "private/socket"
    environment = os.environ | {ADDRESS: str(address), "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)}
    command = [sys.executable, "-m", "tests.fixtures.fork_server", str(address)]
    return Served(
        folder, environment, subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, bufsize=0)
    )


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / EDITED).touch()
    # Where tests run in the background of a shell, Ctrl-C is ignored, and would be by all that they start.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    found = start(tmp_path)
    wait((tmp_path / "private/socket").exists)
    yield found
    found.server.kill()
    found.server.communicate()
    signal.signal(signal.SIGINT, before)


def test_a_verb_reads_writes_and_ends_as_in_a_process_of_its_own(served: Served) -> None:
    client = served.start("ä", "\udcff", "--status", "3", TMPDIR="/other")
    out, error = client.communicate("read")
    assert (client.returncode, error) == (3, "")
    assert out == f"ä \udcff read {ROOT} /other\n"
    assert served.status() == 0
    client = served.start("--nothing")
    assert "unrecognized arguments: --nothing" in client.communicate("")[1] and client.returncode == 2
    assert served.status("--signal", str(signal.SIGKILL)) == -signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_the_job(served: Served, number: signal.Signals) -> None:
    client, _ = served.asleep()
    client.send_signal(signal.SIGUSR1)
    wait((served.folder / "job.told").exists)
    client.send_signal(number)
    assert client.wait(30) == -number
    assert client.stderr is not None
    assert client.stderr.read() == ("stopped\n" if number == signal.SIGINT else "")


def test_a_job_ends_when_its_client_is_killed(served: Served) -> None:
    client, job = served.asleep()
    client.kill()
    wait(lambda: gone(job.pid))
    assert served.status() == 0


def test_a_job_ends_when_its_keeper_is_killed_and_the_verb_runs_here(served: Served) -> None:
    client, job = served.asleep()
    keeper = job.parent()
    assert keeper is not None and keeper.pid != served.server.pid
    keeper.kill()
    assert client.wait(30) == HERE
    wait(lambda: gone(job.pid))


def test_a_job_goes_on_when_the_server_is_killed_and_later_ones_run_here(served: Served) -> None:
    client, _ = served.asleep()
    served.server.kill()
    served.server.wait()
    assert served.status() == HERE
    (served.folder / "job.end").touch()
    assert client.wait(30) == 0


def test_the_server_ends_with_whoever_started_it_and_takes_its_folder_along(served: Served) -> None:
    client, _ = served.asleep()
    assert served.server.stdin is not None
    served.server.stdin.close()
    assert served.server.wait(30) == 0 and not (served.folder / "private").exists()
    (served.folder / "job.end").touch()
    assert client.wait(30) == 0


def test_what_is_not_as_the_server_began_runs_here(served: Served) -> None:
    assert served.status(OMP_NUM_THREADS="7") == HERE
    assert served.status(NEW="") == HERE
    assert served.status(**{ADDRESS: str(served.folder / "other")}) == HERE
    before = os.umask(0o27)
    try:
        assert served.status() == HERE
    finally:
        os.umask(before)
    assert served.status() == 0


def test_the_server_is_outdated_once_a_module_is_edited(served: Served) -> None:
    assert served.status() == 0
    os.utime(served.folder / EDITED, (1, 1))
    assert served.status() == HERE


def test_a_process_with_threads_serves_nothing(tmp_path: Path) -> None:
    (tmp_path / THREADED).touch()
    served = start(tmp_path)
    served.server.wait(30)
    assert served.status() == HERE
    served.server.communicate()


@pytest.mark.slow
def test_a_study_is_the_same_to_the_byte_without_a_server(tmp_path: Path) -> None:
    folder = lay_out(tmp_path)
    again = ["draw_heatmaps", "train_method", "embed_method", "evaluate_embeddings", "make_table"]
    found = [make(folder), make(folder, "--forcerun", *again, **{ADDRESS: ""})]
    (files, embeddings, memory), (files_here, embeddings_here, memory_here) = found
    assert files == files_here and len(files) > 5
    assert embeddings.keys() == embeddings_here.keys() and all(
        e.equals(embeddings_here[f]) for f, e in embeddings.items()
    )
    # Snakemake saw the client alone, which imports nothing.
    assert memory < 60 < memory_here


def make(folder: Path, *options: str, **variables: str) -> tuple[dict[str, str], dict[Path, pa.Table], float]:
    """Make a small study: digests of files, embeddings, and the memory of what Snakemake started to score one (MB)."""
    environment = {name: value for name, value in os.environ.items() if name != ADDRESS} | variables
    command = [sys.executable, "-m", "snakemake", *TARGETS, *OPTIONS, *options]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    embeddings = {file: pq.read_table(file) for file in folder.glob("results/*/embeddings/**/*.parquet")}
    measured = folder.glob("results/benchmarks/evaluate_embeddings/**/seed0.tsv")
    return digests(folder), embeddings, max(pd.read_csv(file, sep="\t").max_rss.max() for file in measured)
