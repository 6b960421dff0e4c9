"""What a terminal shows of a run: records as Snakemake writes them, and a real run."""

import io
import logging

import pytest

from la2ds.plan import console
from tests.fixtures.workflow_study import Study


@pytest.fixture
def shown():
    """A logger as Snakemake has one, shortened, and what its own handler and ours print."""
    logger, theirs, ours = logging.Logger("test", logging.INFO), io.StringIO(), io.StringIO()
    logger.addHandler(logging.StreamHandler(theirs))
    console.shorten(logger)
    logger.handlers[1] = console.Console(ours)
    return logger, theirs, ours


def say(logger, event, message=None, **more):
    logger.info(message, extra={"event": event} | more)


def test_a_finished_job_is_one_line(shown, monkeypatch):
    logger, theirs, ours = shown
    made = ["results/tables/a.csv", "results/tables/a.md"]
    say(logger, "job_info", "rule make_table: ...", jobid=3, rule_name="make_table", output=made)
    say(logger, "job_finished", "Finished jobid: 3", job_id=3)
    assert ours.getvalue() == ""
    say(logger, "progress", done=9, total=120)
    assert ours.getvalue() == "  9/120  results/tables/a.md (0 s)\n"
    later = console.time.monotonic() + 90
    monkeypatch.setattr(console.time, "monotonic", lambda: later)
    say(logger, "job_finished", "Finished jobid: 4", job_id=4)
    say(logger, "progress", done=30, total=120)
    assert "30/120, about 5 min left" in ours.getvalue()
    assert theirs.getvalue() == ""


def test_a_failed_job_is_told_with_the_end_of_its_log(shown, tmp_path):
    logger, _, ours = shown
    log = tmp_path / "job.log"
    log.write_text("begun\nx.mp4: expected a video, found text\n\n")
    logger.error("Error in rule", extra={"event": "job_error", "rule_name": "r", "output": ["out"], "log": [str(log)]})
    assert ours.getvalue().splitlines() == [
        "FAILED  out",
        "        x.mp4: expected a video, found text",
        f"        ({log})",
    ]
    missing = console.failure("r", [], [str(tmp_path / "none.log")])
    assert missing.splitlines()[:2] == ["FAILED  r", "        nothing was said"]


def test_warnings_and_errors_of_snakemake_stay(shown):
    logger, theirs, _ = shown
    logger.info("Select jobs to execute...")
    logger.warning("Execute it again: a lock is taken over")
    logger.error("RuleException:\\nCalledProcessError in file x.smk, line 3")
    logger.error("WorkflowError: no such file")
    assert theirs.getvalue() == "Execute it again: a lock is taken over\nWorkflowError: no such file\n"


@pytest.mark.slow
def test_a_run_prints_a_line_for_each_job(tmp_path, monkeypatch):
    study = Study(tmp_path)
    monkeypatch.setenv("LA2DS_CONSOLE", "short")
    monkeypatch.setattr("tests.fixtures.snakemake_call.KEPT", ("LA2DS_CONSOLE",))
    code, output = study.snakemake("results/toy/videos.csv")
    assert code == 0, output
    assert "1/1  results/toy/videos.csv (" in output and "rule index_videos" not in output
