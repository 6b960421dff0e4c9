"""Where a result comes from: commit, versions, machine. Nothing heavy is imported to find out."""

import datetime
import functools
import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

PACKAGES = ("la2ds", "torch", "numpy", "scipy", "pandas", "pyarrow", "scikit-learn")
SOURCE = Path(__file__).resolve().parent


def provenance() -> dict[str, Any]:
    """Describe this run for ``run.json`` and the metadata of embeddings; plain JSON values, no host name.

    Returns:
        commit, dirty, time (UTC), python, versions, platform, cpu, cores, and gpu (None without CUDA or torch).
    """
    commit = commit_id()
    return {
        "commit": commit,
        "dirty": commit.endswith("-dirty"),
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "versions": _versions(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": usable_cores(),
        "gpu": _gpu(),
    }


@functools.cache
def commit_id() -> str:
    """Name the commit of this code: ``abc1234``, ``abc1234-dirty``, or ``unknown`` outside a checkout.

    ``LA2DS_COMMIT`` is believed where it is set, for containers and copies without git. Only changed files that git
    tracks make a commit dirty: results and notes that lie about do not change what the code does.
    """
    stated = os.environ.get("LA2DS_COMMIT", "").strip()
    if stated:
        return stated
    # The package may be installed inside somebody else's repository; that commit would be the wrong one.
    if not _git("ls-files", "--", "provenance.py"):
        return "unknown"
    commit = _git("rev-parse", "--short=7", "HEAD")
    if not commit:
        return "unknown"
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ":/")
    return f"{commit}-dirty" if changed else commit


def usable_cores() -> int:
    """Count the cores this process may use, which a scheduler can make fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _git(*arguments: str) -> str:
    """Run git on the package's folder; empty where git, the checkout or its trust is missing."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(SOURCE), *arguments],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _versions() -> dict[str, str]:
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _gpu() -> str | None:
    """Name the GPU, but only where torch is at work already: importing it costs seconds."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return None
    return str(torch.cuda.get_device_name())
