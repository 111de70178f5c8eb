"""What may happen to a project between two commits."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from support import history_config
from support.history_files import FILE, LINK, MODULE, PROGRAM, Entry, Files, choose

TEMPLATES = (
    "pipeline_definition.json",
    "pipeline_definition.yml",
    "other.json",
    "shared/t.json",
    "../common.json",
)
OUTSIDE = (
    "README.md",
    "values.json",
    "run",
    "docs/notes",
    ".hidden/values.json",
    "../README.md",
    "../values.json",
    "../jobs2/dag/values.json",
    "../../dag/values.json",
    "../../pipeline_definition.json",
    "../../pipelayer.yml",
)


@dataclass(frozen=True)
class Operation:
    """One change. `what` is a name of OPERATIONS; `at` and `to` choose among what there is, counted round.

    `directory`, `name` and `data` are for what is made anew, `setting` is for the configuration.
    """

    what: str
    at: int = 0
    to: int = 0
    directory: str = "dag"
    name: str = "run"
    data: bytes = b"1"
    setting: tuple[str, object] = ("project", None)

    def apply(self, files: Files) -> None:
        """Does it, if there is something to do it to."""
        OPERATIONS[self.what](files, self)


def _add(files: Files, wanted: Operation) -> None:
    for name in ("values.json", "run", "tasks/one"):
        files.put(f"{wanted.directory}/{name}", Entry(FILE, wanted.data))


def _write(files: Files, wanted: Operation) -> None:
    folder = files.pipeline(wanted.at) or wanted.directory
    files.put(f"{folder}/{wanted.name}", Entry(FILE, wanted.data))


def _write_apart(files: Files, wanted: Operation) -> None:
    files.put(f"{wanted.directory}/{wanted.name}", Entry(FILE, wanted.data))


def _edit(files: Files, wanted: Operation) -> None:
    if path := files.path(wanted.at):
        mode = files.entries[path].mode
        other = {LINK: wanted.data or b"run", MODULE: b"%x" % (len(wanted.data) + 1) * 40}
        files.put(path, Entry(mode, other.get(mode, wanted.data)))


def _remove(files: Files, wanted: Operation) -> None:
    if path := files.path(wanted.at):
        files.take(path)


def _flip_executable(files: Files, wanted: Operation) -> None:
    if path := files.path(wanted.at):
        entry = files.entries[path]
        files.put(path, replace(entry, mode={FILE: PROGRAM, PROGRAM: FILE}.get(entry.mode, entry.mode)))


def _flip_link(files: Files, wanted: Operation) -> None:
    """The same bytes as a link's target, where they can be one: then only the mode differs."""
    if path := files.path(wanted.at):
        entry = files.entries[path]
        is_file = entry.mode in {FILE, PROGRAM}
        files.put(path, Entry(LINK, entry.data or b"../dag") if is_file else replace(entry, mode=FILE))


def _remove_folder(files: Files, wanted: Operation) -> None:
    if folder := files.folder(wanted.at):
        files.take(folder)


def _move(files: Files, wanted: Operation) -> None:
    if folder := files.folder(wanted.at):
        files.graft(wanted.directory, files.take(folder))


def _copy(files: Files, wanted: Operation) -> None:
    if folder := files.folder(wanted.at):
        files.graft(wanted.directory, files.below(folder))


def _nest(files: Files, wanted: Operation) -> None:
    folder, around = files.folder(wanted.at), files.folder(wanted.to)
    if folder and around and not f"{around}/".startswith(f"{folder}/"):
        files.graft(f"{around}/{posixpath.basename(folder)}", files.take(folder))


def _unnest(files: Files, wanted: Operation) -> None:
    if (folder := files.folder(wanted.at)) and "/" in folder:
        files.graft(posixpath.basename(folder), files.take(folder))


def _folder_to_file(files: Files, wanted: Operation) -> None:
    if folder := files.folder(wanted.at):
        files.put(folder, Entry(FILE, wanted.data))


def _file_to_folder(files: Files, wanted: Operation) -> None:
    if path := files.path(wanted.at):
        files.put(f"{path}/{wanted.name}", Entry(FILE, wanted.data))


def _module_for_file(files: Files, wanted: Operation) -> None:
    if path := files.path(wanted.at):
        files.put(path, Entry(MODULE, b"a" * 40))


def _module_for_folder(files: Files, wanted: Operation) -> None:
    if folder := files.folder(wanted.at):
        files.put(folder, Entry(MODULE, b"b" * 40))


def _module_inside(files: Files, wanted: Operation) -> None:
    """In a pipeline; .gitmodules may ask git to overlook it."""
    if folder := files.pipeline(wanted.at):
        files.put(f"{folder}/sub", Entry(MODULE, b"c" * 40))
        if wanted.to % 2 and folder.isascii() and folder.isalnum() and not files.in_folder:
            text = f'[submodule "sub"]\n\tpath = {folder}/sub\n\turl = ./sub\n\tignore = all\n'
            files.put(".gitmodules", Entry(FILE, text.encode()))


def _template(files: Files, wanted: Operation) -> None:
    files.put(choose(TEMPLATES, wanted.at), Entry(FILE, wanted.data))


def _template_between(files: Files, wanted: Operation) -> None:
    """In a folder around a pipeline; if it is there, it may go."""
    if folder := files.between(wanted.at):
        path = f"{folder}/{choose(TEMPLATES[:2], wanted.to // 5)}"
        if wanted.to % 5 or not files.take(path):
            files.put(path, Entry(FILE, wanted.data))


def _remove_template(files: Files, wanted: Operation) -> None:
    if known := [path for path in TEMPLATES if path in files.entries]:
        files.take(choose(known, wanted.at))


def _outside(files: Files, wanted: Operation) -> None:
    files.put(choose(OUTSIDE, wanted.at), Entry(FILE, wanted.data))


def _configure(files: Files, wanted: Operation) -> None:
    history_config.configure(files, wanted.setting, wanted.to, wanted.at)


def _choose_dirs(files: Files, wanted: Operation) -> None:
    dirs = choose(history_config.DIRS, wanted.at)
    history_config.configure(files, ("dirs", dirs), wanted.to, wanted.at)


def _group_values(files: Files, wanted: Operation) -> None:
    group = choose(history_config.GROUPS, wanted.to)
    if folder := files.pipeline(wanted.at):
        ending = "json" if wanted.to % 3 else "yml"
        files.put(f"{folder}/values.{group}.{ending}", Entry(FILE, wanted.data))


def _group(files: Files, wanted: Operation) -> None:
    history_config.switch_group(files, choose(history_config.GROUPS, wanted.to), wanted.at)


def _remove_config(files: Files, wanted: Operation) -> None:
    history_config.remove(files)


def _spoil_config(files: Files, wanted: Operation) -> None:
    history_config.spoil(files, wanted.at, wanted.to)


OPERATIONS: Mapping[str, Callable[[Files, Operation], None]] = {
    "write a file": _write,
    "edit a file": _edit,
    "add a pipeline": _add,
    "remove a file": _remove,
    "flip the executable bit": _flip_executable,
    "flip file and link": _flip_link,
    "configure": _configure,
    "choose directories": _choose_dirs,
    "write a group's values": _group_values,
    "add or remove a group": _group,
    "write a shared template": _template,
    "write a template between": _template_between,
    "move a folder": _move,
    "copy a folder": _copy,
    "nest a folder": _nest,
    "unnest a folder": _unnest,
    "remove a folder": _remove_folder,
    "write anywhere": _write_apart,
    "a file for a folder": _folder_to_file,
    "a folder for a file": _file_to_folder,
    "a submodule for a file": _module_for_file,
    "a submodule for a folder": _module_for_folder,
    "a submodule in a pipeline": _module_inside,
    "remove a shared template": _remove_template,
    "write outside": _outside,
    "remove the configuration": _remove_config,
    "spoil the configuration": _spoil_config,
}
