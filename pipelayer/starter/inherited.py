"""A `pipewelder.json` as a `pipelayer.yml` that means the same."""

from __future__ import annotations

from pipelayer.model import Entry, Node, Table, Text
from pipelayer.project.pipewelder import FILE, has_shared_values, translated
from pipelayer.project.yaml_writing import written

_COMMENT = f"""\
# Made of {FILE} by `pipelayer init --from-pipewelder`. It means the same.
# {FILE} isn't read any more: remove it.
"""
_VALUES = "# The values of its defaults stand in each group that had none.\n"


def inherited(document: Node, project: str) -> bytes:
    """The configuration for what `project.source` read in the file.

    `project` is what the project is called so far, because of its repository: written down, it is called so
    wherever it is cloned to. Empty where nothing tells.
    """
    table = translated(document)
    assert isinstance(table, Table), "whoever asks has seen that it is a configuration"
    if project:
        first, *others = table.entries
        table = Table((first, Entry("project", table.at, Text(project, table.at)), *others), table.at)
    return (_COMMENT + (_VALUES if has_shared_values(document) else "")).encode() + written(table)
