"""What the verb ``robustness`` damages and embeds has a type."""

import typing

import pytest

from la2ds.evaluation import robustness


@pytest.mark.parametrize("name", ["control_embedder", "network_embedder"])
def test_embedders_say_what_they_give(name: str) -> None:
    given = typing.get_type_hints(getattr(robustness, name))["return"]
    clips, embed = typing.get_args(given)
    assert typing.get_origin(clips) is dict
    assert typing.Any not in (given, *typing.get_args(clips), *typing.get_args(embed))
