"""MLflow's pages as people see them: the server is started, and headless Chromium looks at what a study recorded."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from urllib.parse import quote

import pytest

from la2ds.__main__ import main
from tests.fixtures import tracked_study as tracked
from tests.fixtures.browser import Browser, needs_browser

RUNS = [("la2ds", 0), ("la2ds", 1), ("rgb", 0), ("time", 0)]
PATIENCE = 240
TEXTS = "[...document.querySelectorAll('svg text')].map(t => t.textContent)"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A store with four runs: its folder, the experiment, and run ids by name."""
    mlflow = pytest.importorskip("mlflow", reason="the tracking extra is not installed")
    root = tmp_path_factory.mktemp("recorded")
    tracked.write_study(root, RUNS)
    before = os.getcwd()
    os.chdir(root)
    try:
        assert main(tracked.options(root, "--uri", f"sqlite:///{root}/mlflow.db")) == 0
    finally:
        os.chdir(before)
    stamp = json.loads((root / "results/demo/tracking.json").read_text())
    assert stamp["new"] == 4
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{root}/mlflow.db")
    found = client.search_runs([stamp["experiment"]], filter_string="tags.kind = 'run'")
    return root, stamp["experiment"], {run.info.run_name: run.info.run_id for run in found}


@pytest.fixture(scope="module")
def server(recorded):
    """MLflow's server on a free port of this machine, as `make ui` starts it: its address."""
    root = recorded[0]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", f"sqlite:///{root}/mlflow.db"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    with (root / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=root, env=os.environ | quiet, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process, root / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        # The group, for it has a worker; nothing there is worth a graceful end.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(address, process, log):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(log.read_text()[-2000:])


def compare_address(server, experiment, runs):
    ids, experiments = (quote(json.dumps(value)) for value in (runs, [experiment]))
    return f"{server}/#/compare-runs?runs={ids}&experiments={experiments}&workflowType=machine_learning"


def text(page):
    return page.evaluate("document.body.innerText")


def metrics_of(page, runs):
    """Read the table of metrics, which is drawn as a column of names and then the values, row by row."""
    lines = text(page).partition("Metrics\nShow diff only\n")[2].partition("\nArtifacts\n")[0].split("\n")
    names = [line for line in lines if "/" in line]
    values = [line for line in lines if line and "/" not in line]
    return {name: values[n * runs : (n + 1) * runs] for n, name in enumerate(names)}


@pytest.mark.slow
@needs_browser
def test_the_compare_page_shows_four_runs_with_their_metrics(recorded, server, tmp_path):
    _, experiment, runs = recorded
    names = [f"{method}-squat-s{seed}" for method, seed in RUNS]
    assert sorted(runs) == sorted(names)
    with Browser(timeout=PATIENCE) as browser:
        address = compare_address(server, experiment, [runs[name] for name in names])
        # Wide enough for four columns; what lies outside the window is not drawn.
        page = browser.open(address, width=2000, height=1600)
        page.wait_for("document.body.innerText.includes('use/minutes')", seconds=PATIENCE)
        page.wait_for(f"{TEXTS}.includes('test/acc_100')", seconds=PATIENCE)
        seen = text(page)
        assert all(name in seen for name in names)
        # The plot opens with what differs, and with the headline.
        assert {"input", "method", "objective", "test/acc_100"} <= set(page.evaluate(TEXTS))
        metrics = metrics_of(page, runs=4)
        assert metrics["test/acc_100"] == ["0.9", "0.85", "0.8", "0.75"]
        assert metrics["test/acc_10"] == ["0.5"] * 4
        assert metrics["use/minutes"][:3] == ["0.25"] * 3
        page.screenshot(tmp_path / "compare.png")


@pytest.mark.slow
@needs_browser
def test_the_list_of_runs_opens_with_the_columns_that_tables_are_read_by(recorded, server):
    _, experiment, _ = recorded
    address = f"{server}/#/experiments/{experiment}/runs?viewStateShareKey=la2ds&workflowType=machine_learning"
    with Browser(timeout=PATIENCE) as browser:
        page = browser.open(address, width=2000)
        page.wait_for("document.body.innerText.includes('test/acc_100')", seconds=PATIENCE)
        page.wait_for("document.body.innerText.includes('la2ds-squat-s0')", seconds=PATIENCE)
        seen = text(page)
        assert {"method", "action", "seed", "test/acc_100", "test/acc_10", "use/minutes"} <= set(seen.split("\n"))
        # The best first.
        assert seen.index("la2ds-squat-s0") < seen.index("time-squat-s0")
        assert "Error loading" not in seen
