"""What is in the image, and what isn't."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from container.runners import Runner

INSIDE = Path(__file__).with_name("inside.py")


def test_it_holds_what_the_action_needs_and_none_of_what_was_taken_out(
    runner: Runner, tmp_path: Path
) -> None:
    """It is looked at while another one is built on top: every runner can do that. What has no bytecode must
    not get it by being looked at (`-B`).
    """
    shutil.copy(INSIDE, tmp_path)
    look = json.dumps(["/opt/venv/bin/python", "-IB", f"/{INSIDE.name}"])
    dockerfile = f"FROM {runner.image}\nCOPY {INSIDE.name} /\nRUN {look}\n"
    (tmp_path / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    try:
        runner.build(tmp_path)
    finally:
        runner.build()  # it has the name of the other one
