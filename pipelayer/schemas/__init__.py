"""JSON Schemas of the files that people write, and of the report and the status that programs read.

Comes in: a schema's name. Goes out: the schema. Those of values and definitions are made from the same
catalogue that the checks use; a file that passes the checks without an error fits its schema. It reads no
user's file.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TypeAlias

Schema: TypeAlias = "dict[str, object]"

NAMES = ("values", "definition", "config", "report", "status")

_FILES = {"config": "pipelayer.json", "report": "report.json", "status": "status.json"}


def load(name: str) -> Schema:
    """The schema of this name, one of `NAMES`."""
    if name in _FILES:
        read = json.loads(files(__package__).joinpath(_FILES[name]).read_text("utf-8"))
        assert isinstance(read, dict)
        return read
    from pipelayer.schemas.definition import schema as of_definition
    from pipelayer.schemas.values import schema as of_values

    return of_definition() if name == "definition" else of_values()
