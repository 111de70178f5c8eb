"""docs/console.md names every button, option, result and field that there is; its Python runs as written."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from pipelayer.cli import cli
from pipelayer.model import GroupInfo, Key
from pipelayer.model.order import Button, Order, OrderResult, Pressed
from pipelayer.model.order_json import dumps
from pipelayer.sandbox import Sandbox
from pipelayer.sandbox.settings import Settings
from support.pages import ROOT, entries, fences, section, text_of

PAGE = text_of("docs/console.md")


def test_every_button_is_there() -> None:
    top, _, _ = PAGE.partition("## Which pipelines")
    assert re.findall(r"^\| \[`(\w+)`\]", top, re.MULTILINE) == [str(button) for button in Button]


def test_every_option_is_there() -> None:
    usual = {"--working-directory", "--config", "--group"}
    asking = set(re.findall(r"`(--[\w-]+)`", section(PAGE, "What is asked")))
    for button in (*Button, "logs"):
        told = set(re.findall(r"`(--[\w-]+)", own_section(button)))
        options = {name for option in cli.commands[button].params for name in option.opts}
        assert {name for name in options if name.startswith("--")} - usual - asking <= told, button


def own_section(command: str) -> str:
    """What stands under the heading that names this command."""
    (title,) = [one for one in re.findall(r"^## (.*)$", PAGE, re.MULTILINE) if f"`{command}`" in one]
    return section(PAGE, title)


def test_every_field_and_result_of_the_json_is_there() -> None:
    order = Order(Button.PAUSE, Key("p", "g", "d"), "d", GroupInfo("g"))
    document = json.loads(dumps(Pressed(Button.PAUSE, (order,))))
    told = section(PAGE, "For scripts")
    rows = {name for row in entries(told) for name in re.findall(r"`(\w+)`", row[0])}
    assert rows == set(document["pipelines"][0])
    intro, _, _ = told.partition("| field |")
    assert set(document) <= set(re.findall(r"`(\w+)`", intro))
    for result in OrderResult:
        assert f"`{result}`" in told


def test_the_example_runs_as_written(tmp_path: Path) -> None:
    project = tmp_path / "nightly"
    shutil.copytree(ROOT / "examples" / "nightly", project)
    (example,) = fences(PAGE, "python")
    with Sandbox(Settings(account="444455556666")) as sandbox:
        ran = subprocess.run(
            [sys.executable, "-c", example],
            cwd=project,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **sandbox.aws_environment("us-east-1")},
            capture_output=True,
            text=True,
            check=False,
        )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == "acme/nightly:prod/orders_export refused it isn't in AWS\n"
