"""The page for the first hour says what the command asks, takes and makes."""

from __future__ import annotations

import re

from pipelayer.cli import cli
from pipelayer.starter.answers import QUESTIONS
from support.pages import entries, section, text_of

PAGE = text_of("docs/getting-started.md")
NEW = section(PAGE, "A new project")


def test_the_questions_are_those_that_are_asked() -> None:
    shown = re.findall(r"^(\S.*[?.]) \[", NEW, re.M)
    assert shown == [one.asks for one in QUESTIONS.values() if one.asks]


def test_the_options_are_those_of_the_command() -> None:
    documented = {re.findall(r"--[a-z-]+", row[0])[0] for row in entries(NEW)}
    options = {max(one.opts, key=len) for one in cli.commands["init"].params if one.opts[-1].startswith("--")}
    told = set(re.findall(r"`(--[a-z-]+)`", PAGE)) | set(re.findall(r"init (--[a-z-]+)", PAGE))
    assert documented == {f"--{name}" for name in QUESTIONS} | {"--aws"}
    assert documented | told == options
