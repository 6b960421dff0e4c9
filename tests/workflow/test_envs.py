"""The conda environments name what pyproject.toml names, in the versions of constraints.txt."""

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.fixtures.paths import ROOT

# conda-forge's name -> the index's name
PYPI = {"pytorch": "torch"}
GROUPS = {
    "la2ds": ["base"],
    "video": ["base", "video", "rtmpose", "poses"],
    "rgb": ["base", "rgb"],
    "tracking": ["base", "tracking"],
    "snakemake": ["workflow"],
}


def pyproject():
    """Requirement names of each group of pyproject.toml, with the requirement."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = {"base": project["dependencies"], **project["optional-dependencies"]}
    return {
        name: {canonicalize_name(Requirement(r).name): Requirement(r) for r in requirements}
        for name, requirements in groups.items()
    }


def pins():
    """Names and versions of constraints.txt."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}


def environment(name):
    """Names and exact versions of envs/NAME.yaml, conda's and pip's together, in the index's names."""
    content = yaml.safe_load((ROOT / "envs" / f"{name}.yaml").read_text())
    assert content["channels"][0] == "conda-forge"
    assert content["channels"][-1] == "nodefaults"
    specs = [s for s in content["dependencies"] if isinstance(s, str)]
    found = {}
    for spec in specs:
        match = re.fullmatch(r"([a-z0-9-]+)(?: =([0-9][0-9.]*))?(?: >=3.11,<3.14)?", spec)
        assert match, f"{spec}: expected NAME =VERSION"
        found[canonicalize_name(PYPI.get(match[1], match[1]))] = match[2]
    for spec in next((s["pip"] for s in content["dependencies"] if isinstance(s, dict)), []):
        pinned, version = spec.split("==")
        found[canonicalize_name(pinned)] = version
    return {k: v for k, v in found.items() if k not in ("python", "pip")}


@pytest.mark.parametrize("name", GROUPS)
def test_environment_equals_pyproject_and_constraints(name):
    wanted = {k for group in GROUPS[name] for k in pyproject()[group]}
    # Jobs' Snakefile reads settings through la2ds.config, which needs YAML.
    wanted |= {"pyyaml"} if name == "snakemake" else set()
    assert environment(name) == {k: pins()[k] for k in wanted}


def test_constraints_satisfy_pyproject():
    for requirements in pyproject().values():
        for name, requirement in requirements.items():
            assert requirement.specifier.contains(Version(pins()[name])), name


def test_constraints_name_no_file_and_no_local_build():
    text = (ROOT / "constraints.txt").read_text()
    assert "@" not in text
    assert "-e " not in text
    assert not re.search(r"==.*\+", text)


def test_exactly_one_opencv_and_one_decord():
    assert [n for n in pins() if n.startswith("opencv")] == ["opencv-contrib-python"]
    assert [n for n in pins() if "decord" in n] == ["decord2"]


def test_every_environment_is_used_and_exists():
    used = set()
    for file in (ROOT / "workflow" / "rules").glob("*.smk"):
        used |= set(re.findall(r'conda:\s+"\.\./\.\./envs/(\w+)\.yaml"', file.read_text()))
    present = {path.stem for path in (ROOT / "envs").glob("*.yaml")}
    # envs/snakemake.yaml is what a person starts from, not a job.
    assert used | {"snakemake"} == present == set(GROUPS)
