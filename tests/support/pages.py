"""The documents as data: their sections, tables and examples."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def text_of(path: str) -> str:
    """A document of the repository."""
    return (ROOT / path).read_text(encoding="utf-8")


README = text_of("README.md")


def section(text: str, title: str) -> str:
    """What stands under a heading of the second level."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    assert found, f"no section {title}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, without headings and rulers."""
    table = [
        [cell.strip() for cell in row.strip("|").split("|")] for row in re.findall(r"^\|.*$", text, re.M)
    ]
    rulers = {at for at, row in enumerate(table) if set(row[0]) <= set("-: ")}
    return [row for at, row in enumerate(table) if not {at, at + 1} & rulers]


def entries(text: str) -> list[list[str]]:
    """The rows that are about something written as code."""
    return [row for row in rows(text) if row[0].startswith("`")]


def fences(text: str, language: str) -> list[str]:
    """The examples in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def workflow() -> str:
    """The workflow that the README gives to copy."""
    (text,) = fences(section(README, "The workflow"), "yaml")
    return text


def jobs() -> dict[str, dict[str, Any]]:
    """Its jobs."""
    found = yaml.safe_load(workflow())["jobs"]
    assert isinstance(found, dict)
    return found
