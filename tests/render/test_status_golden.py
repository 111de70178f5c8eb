"""Mornings as the people see them, word for word.

After a change in wording or layout, run `make golden` and read the diff of `golden_status/`.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that the file can be run, too

import pytest

from pipelayer.model.status_json import dumps
from pipelayer.render.status_markdown import status_markdown
from pipelayer.render.status_terminal import terminal_status
from support.statuses import SCENARIOS

GOLDEN = Path(__file__).parent / "golden_status"


def shown(name: str) -> dict[str, str]:
    status = SCENARIOS[name]
    return {
        f"{name}.txt": terminal_status(status),
        f"{name}.narrow.txt": terminal_status(status, width=60),
        f"{name}.md": status_markdown(status, server_url="https://github.com", repository="acme/nightly"),
        f"{name}.json": dumps(status),
    }


@pytest.mark.parametrize("name", SCENARIOS)
def test_golden(name: str) -> None:
    for file, text in shown(name).items():
        assert (GOLDEN / file).read_text("utf-8") == text, f"{file}: {__doc__}"


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {file for name in SCENARIOS for file in shown(name)}


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for path in GOLDEN.iterdir():
        path.unlink()
    for name in SCENARIOS:
        for file, text in shown(name).items():
            (GOLDEN / file).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
