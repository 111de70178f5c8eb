"""Which pipelines a run is about, told a second time: naively, from the documents.

Git checks both commits out into folders, and what lies there is compared byte by byte. Nothing of the product
is used, nor what it relies on: git compares no trees here, and no blob's id is looked at.
"""

from __future__ import annotations

import fnmatch
import os
import posixpath
import re
import stat
import subprocess
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from support.gitrepo import git_environment

ENDINGS = (".json", ".yml", ".yaml")
TOP_KEYS = {"version", "project", "defaults", "rules", "groups"}
DEFAULT_KEYS = {"template", "dirs", "region", "max-pipelines"}
GROUP_KEYS = DEFAULT_KEYS | {"account", "values", "tags"}

Thing = tuple[str, bytes]
"""A file, a program, a link or a submodule: which of these, and its bytes, its target or its commit."""

Key = tuple[str, str, str]
"""Project, group, directory."""


Pipeline = Mapping[str, object]
"""All that a pipeline is made of, by the reason that a change of it is."""


@dataclass(frozen=True)
class Expected:
    """Each selected pipeline with its reasons. `pipelines`: whether there is any, before or after."""

    selected: Mapping[Key, frozenset[str]]
    pipelines: bool = True


@dataclass(frozen=True)
class Group:
    """A group of `pipelayer.yml`. `reaches` is what of it its pipelines are made with."""

    name: str
    dirs: tuple[str, ...]
    template: str
    reaches: Mapping[str, object]


class Project:
    """A project on disk. `groups` is None where its configuration can't be taken."""

    def __init__(self, files: Mapping[str, Thing], root: str, default_name: str) -> None:
        """`files` by their paths in the repository, of which the folder `root` is the project's."""
        # What lies outside gets `../`, as the configuration would name it.
        self._files = {posixpath.relpath(f"/{path}", f"/{root}"): thing for path, thing in files.items()}
        self.name = default_name
        self.groups: tuple[Group, ...] | None = _groups({})
        there = [path for path in _forms("pipelayer") if path in self._files]
        if there:
            config = _config(*self._files[there[0]]) if len(there) == 1 else None
            self.name = config.get("project", default_name) if config else ""
            self.groups = _groups(config) if config else None

    def folders(self, wanted: Collection[str] | None = None) -> set[str]:
        """The directories of the pipelines of the groups `wanted`, else of all."""
        groups = [group for group in self.groups or () if wanted is None or group.name in wanted]
        return {folder for group in groups for folder in self._folders(group)}

    def pipelines(self, wanted: Collection[str]) -> Mapping[Key, Pipeline]:
        """Those of the groups `wanted`."""
        folders = self.folders()
        return {
            (self.name, group.name, folder): self._pipeline(group, folder, folders)
            for group in self.groups or ()
            if group.name in wanted
            for folder in self._folders(group)
        }

    def _folders(self, group: Group) -> Iterator[str]:
        for folder in sorted(map(posixpath.dirname, self._files)):
            parts = folder.split("/")
            if (
                folder
                and not any(part.startswith(".") for part in parts)
                and any(path in self._files for path in _forms(f"{folder}/values"))
                and any(_fits(glob.split("/"), parts) for glob in group.dirs)
            ):
                yield folder

    def _pipeline(self, group: Group, folder: str, folders: Collection[str]) -> Pipeline:
        values = self._of(_forms(f"{folder}/values") + _forms(f"{folder}/values.{group.name}"))
        own = _forms(f"{folder}/pipeline_definition")
        is_usual = group.template == "pipeline_definition.json"
        shared = _forms("pipeline_definition") if is_usual else [posixpath.normpath(group.template)]
        template = self._of(own) or self._between(folder, folders) or self._of(shared) or group.template
        files = {
            path: thing
            for path, thing in self._files.items()
            if _owner(path, folders) == folder
            and path not in own
            and not (posixpath.dirname(path) == folder and posixpath.basename(path).startswith("values."))
        }
        return {"values": values, "template": template, "files": files, "config": group.reaches}

    def _between(self, folder: str, folders: Collection[str]) -> Mapping[str, Thing]:
        """The nearest template in a folder above, of those that lie in no pipeline's directory."""
        found: Mapping[str, Thing] = {}
        while not found and (folder := posixpath.dirname(folder)):
            if not _owner(f"{folder}/", folders):
                found = self._of(_forms(f"{folder}/pipeline_definition"))
        return found

    def _of(self, paths: Collection[str]) -> Mapping[str, Thing]:
        return {path: self._files[path] for path in paths if path in self._files}


def expected(base: Project, head: Project, wanted: Collection[str]) -> Expected:
    """What a run for the groups `wanted` is about: what `head` has, compared with what `base` had.

    What was in a group that `head` no longer has is every run's.
    """
    if head.groups is None:
        return Expected({})
    gone = {group.name for group in base.groups or ()} - {group.name for group in head.groups}
    new, old = head.pipelines(wanted), base.pipelines({*wanted, *gone})
    if base.groups is None:
        return Expected(dict.fromkeys(new, frozenset({"unknown base"})), bool(new))
    selected: dict[Key, frozenset[str]] = {}
    for key in new.keys() | old.keys():
        if key not in old:
            selected[key] = frozenset({"new"})
        elif key not in new:
            selected[key] = frozenset({"removed"})
        elif new[key] != old[key]:
            selected[key] = frozenset(reason for reason in new[key] if new[key][reason] != old[key][reason])
    return Expected(selected, bool(new or old))


def checked_out(server: Path, commit: str, scratch: Path) -> Mapping[str, Thing]:
    """What lies on disk where git checks the commit out, below `scratch`."""
    work = scratch / "work"
    work.mkdir(parents=True)
    environment = git_environment() | {
        "GIT_DIR": str(server),
        "GIT_WORK_TREE": str(work),
        "GIT_INDEX_FILE": str(scratch / "index"),
    }

    def run(*arguments: str) -> bytes:
        return subprocess.run(
            ["git", *arguments], cwd=work, env=environment, check=True, capture_output=True
        ).stdout

    run("read-tree", "--reset", "-u", commit)
    found: dict[str, Thing] = {}
    for folder, folders, names in os.walk(work):
        for name in (*folders, *names):
            full = Path(folder, name)
            mode = full.lstat().st_mode
            path = full.relative_to(work).as_posix()
            if stat.S_ISLNK(mode):
                found[path] = ("link", os.fsencode(full.readlink()))
            elif stat.S_ISREG(mode):
                found[path] = ("program" if mode & stat.S_IXUSR else "file", full.read_bytes())
    # Of a submodule that nobody fetched, a checkout shows an empty folder and no commit.
    for record in os.fsdecode(run("ls-tree", "-r", "-z", commit)).split("\0"):
        facts, _, path = record.partition("\t")
        if facts.startswith("160000 "):
            found[path] = ("submodule", facts.split()[2].encode())
    return found


def _forms(stem: str) -> list[str]:
    return [stem + ending for ending in ENDINGS]


def _fits(globs: list[str], parts: list[str]) -> bool:
    if not globs:
        return not parts
    if globs[0] == "**":
        return _fits(globs[1:], parts) or (bool(parts) and _fits(globs, parts[1:]))
    return bool(parts) and fnmatch.fnmatchcase(parts[0], globs[0]) and _fits(globs[1:], parts[1:])


def _owner(path: str, folders: Collection[str]) -> str:
    return max((folder for folder in folders if path.startswith(f"{folder}/")), key=len, default="")


def _config(kind: str, text: bytes) -> dict[str, Any] | None:
    """The configuration, None for one that is wrong in a way that these histories know."""
    try:
        config = yaml.safe_load(text) if kind in {"file", "program"} else None
    except yaml.YAMLError:
        return None
    if not isinstance(config, dict) or config.get("version") != 1 or config.keys() - TOP_KEYS:
        return None
    groups = config.get("groups", {"default": {}})
    tables = [(config.get("defaults", {}), DEFAULT_KEYS), *((group, GROUP_KEYS) for group in groups.values())]
    wrong = not groups or any(table.keys() - known for table, known in tables)
    named = all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) for name in groups)
    return config if named and not wrong else None


def _groups(config: Mapping[str, Any]) -> tuple[Group, ...]:
    return tuple(
        _group(name, config.get("defaults", {}) | written)
        for name, written in config.get("groups", {"default": {}}).items()
    )


def _group(name: str, settings: Mapping[str, Any]) -> Group:
    dirs = settings.get("dirs", ["*"])
    template = settings.get("template", "pipeline_definition.json")
    tags = settings.get("tags", {})
    reaches = {
        "region": settings.get("region"),
        "account": settings.get("account"),
        "template": template,
        "values": {key: _value(value) for key, value in settings.get("values", {}).items()},
        "tags": tags if isinstance(tags, dict) else dict(tag.split(":", 1) for tag in tags),
    }
    globs = (
        "/".join(part for part in glob.split("/") if part not in {"", "."})
        for glob in ([dirs] if isinstance(dirs, str) else dirs)
    )
    return Group(name, tuple(globs), template, reaches)


def _value(value: object) -> object:
    """As AWS gets it: numbers and booleans as text, and a list of one is that one."""
    match value:
        case [one]:
            return _value(one)
        case bool() | int():
            return str(value).lower()
        case _:
            return value
