"""CONTRIBUTING.md names the rooms that there are, in the order that import-linter holds."""

from __future__ import annotations

import re
import tomllib

from support.pages import ROOT, section, text_of


def test_the_rooms_are_those_of_the_linter() -> None:
    told = section(text_of("CONTRIBUTING.md"), "Where things are").partition("imports only from")[2]
    rooms = re.findall(r"`(\w+)`", told.partition("`make lint`")[0])
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    [layers] = [one["layers"] for one in contracts if one["type"] == "layers"]
    assert [f"pipelayer.{room}" for room in reversed(rooms)] == layers
