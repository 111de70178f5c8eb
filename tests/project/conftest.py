"""A tree in memory: the hand-written stand-in for a commit's blobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from pipelayer.project.config import Config, load_config
from pipelayer.project.load import load_all
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.tree import TreeEntry, blob_id, under
from pipelayer.project.uploads import find_pointers

TEMPLATE = """{
  "objects": [
    {"id": "Default", "scheduleType": "cron", "schedule": {"ref": "Nightly"}},
    {"id": "Nightly", "type": "Schedule", "period": "1 day", "startDateTime": "2024-01-01T00:00:00"},
    {"id": "Job", "type": "ShellCommandActivity", "command": "true", "workerGroup": "w"}
  ]
}
"""


@dataclass
class MemoryTree:
    """Files by path; `modes` for those that aren't plain files. `reads` counts how often each was read."""

    files: Mapping[str, bytes]
    modes: Mapping[str, str] = field(default_factory=dict)
    commit: str = ""
    reads: dict[str, int] = field(default_factory=dict)

    @property
    def entries(self) -> Mapping[str, TreeEntry]:
        return {
            path: TreeEntry(path, self.modes.get(path, "100644"), blob_id(data))
            for path, data in self.files.items()
        }

    def read(self, path: str) -> bytes:
        self.reads[path] = self.reads.get(path, 0) + 1
        return self.files[path]

    def under(self, folder: str) -> Iterable[str]:
        return under(sorted(self.files), folder)


@dataclass(frozen=True)
class Loaded:
    """What a project came to. `codes` are those of the findings, in order, `reads` counts what was read."""

    config: Config | None
    pipelines: tuple[Pipeline, ...]
    findings: tuple[object, ...]
    codes: tuple[str, ...]
    text: str
    reads: Mapping[str, int]

    def named(self, key: str) -> Pipeline:
        return next(p for p in self.pipelines if f"{p.key.group}/{p.key.directory}" == key)


MakeTree = Callable[..., MemoryTree]
Load = Callable[..., Loaded]


@pytest.fixture
def make_tree() -> MakeTree:
    def make(files: Mapping[str, str | bytes], **modes: Mapping[str, str]) -> MemoryTree:
        data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        return MemoryTree(data, modes.get("modes", {}))

    return make


@pytest.fixture
def load(make_tree: MakeTree) -> Load:
    """Load a project: the files given, a plain template unless there is one, everything at the root. `check`
    looks into what is uploaded, too.
    """

    def run(
        files: Mapping[str, str | bytes], *, root: str = "", check: bool = True, **modes: Mapping[str, str]
    ) -> Loaded:
        prefix = f"{root}/" if root else ""
        tree = make_tree({f"{prefix}pipeline_definition.json": TEMPLATE, **files}, **modes)
        config, problems = load_config(tree, root, "pipelayer.yml", "acme/nightly")
        pipelines, more = load_all(tree, config, root) if config else ((), ())
        pointers = find_pointers(tree, {str(one.key): one.files for one in pipelines}) if check else ()
        findings = (*problems, *more, *pointers)
        text = "\n".join(
            f"{f.at.path}:{f.at.line}:{f.at.column}: {f.code} {f.message} [{f.hint}] {f.key}"
            if f.at
            else f"{f.code} {f.message} [{f.hint}] {f.key}"
            for f in findings
        )
        return Loaded(config, pipelines, findings, tuple(str(f.code) for f in findings), text, tree.reads)

    return run
