"""The pages: links lead somewhere, and commands name what there is."""

import argparse
import functools
import importlib
import re

import pytest
import yaml

from la2ds.verbs import VERBS
from tests.fixtures.paths import ROOT

PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "profiles/README.md", *(ROOT / "docs").rglob("*.md")]
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
TARGETS = set(re.findall(r"\S+", (ROOT / "Makefile").read_text().split(".PHONY:")[1].splitlines()[0]))
TABLES = {path.stem for path in (ROOT / "config/tables").glob("*.yaml")}
DATASETS = {path.stem for path in (ROOT / "config/datasets").glob("*.yaml")}
# What a page asks its reader to make.
OWN = {"my_table"}


def name(page):
    return str(page.relative_to(ROOT))


def anchors(page):
    heads = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def code_of(page):
    """Give what is typed: fenced blocks line by line, with lines that go on joined, and code in the text."""
    text = page.read_text()
    blocks = re.findall(r"^```(?:bash|sh)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.split(" #")[0] for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return lines + [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose)]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    for link in LINK.findall(page.read_text()):
        if link.startswith(("http://", "https://")):
            assert link.startswith("https://"), link
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or target.suffix != ".md" or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_name_what_there_is(page):
    for line in code_of(page):
        for verb in re.findall(r"^(?:python -m )?la2ds ([a-z_]+)\b", line):
            assert verb in VERBS, line
        for target in re.findall(r"^make ([a-z-]+)$", line):
            assert target in TARGETS, line
        for file in re.findall(r"(?:^|\s)((?:scripts|tests)/[\w/]+\.(?:py|sh))\b", line):
            assert (ROOT / file).is_file(), line
        for module in re.findall(r"^python -m (tests[\w.]*)", line):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), line
        if line.startswith("snakemake"):
            for table in re.findall(r"results/tables/(\w+)\.md", line):
                named = {table} | {table.removesuffix(f"_{data}") for data in DATASETS}
                assert named & (TABLES | OWN) or table.isupper(), line
            for file in re.findall(r"--configfile (\S+)", line):
                assert (ROOT / file).is_file(), line


@functools.cache
def options_of(verb):
    parser = argparse.ArgumentParser()
    importlib.import_module(VERBS[verb][0]).add_arguments(parser)
    return set(parser._option_string_actions)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_options_and_keys_are_those_that_there_are(page):
    keys = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())["properties"]
    for line in code_of(page):
        called = re.match(r"(?:python -m )?la2ds ([a-z_]+)\b", line)
        if called:
            assert {word.partition("=")[0] for word in re.findall(r"(?<=\s)--[a-z][\w=-]*", line)} <= options_of(
                called[1]
            ), line
        if line.startswith("snakemake"):
            after = line.partition("--config ")[2]
            for key in re.findall(r"(?:^|\s)'?([a-z_]+)=", after):
                assert key in keys, line
            for dataset in re.findall(r"\bresults/([a-z0-9_]+)/", line):
                assert dataset in DATASETS | {"tables", "figures", "mlflow"}, line


def test_the_first_page_lists_every_page():
    listed = set(LINK.findall((ROOT / "docs/README.md").read_text()))
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages <= listed


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120
