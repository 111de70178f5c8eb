"""Pipelayer deploys AWS Data Pipeline definitions from git.

    from pipelayer import Project

    with Project.open("nightly", group="prod") as project:
        report = project.plan()

Comes in: a folder. Goes out: a `Report`. Nothing is imported before it is used, so that a run with nothing to
do is over at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelayer.api import Project
    from pipelayer.errors import PipelayerError
    from pipelayer.imports import Importer
    from pipelayer.model import Report

__all__ = ["Importer", "PipelayerError", "Project", "Report"]

_HOMES = {
    "Importer": "pipelayer.imports",
    "PipelayerError": "pipelayer.errors",
    "Project": "pipelayer.api",
    "Report": "pipelayer.model",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
