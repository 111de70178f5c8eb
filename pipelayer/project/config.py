"""`pipelayer.yml` → `Config`. No file at all is fine: then there is one group, `default`. Where there is none
but a `pipewelder.json`, that is read.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pipelayer.definition.flat import Field, read_values
from pipelayer.model import Array, Finding, Node, Number, Position, Severity, Table
from pipelayer.project import pipewelder
from pipelayer.project.reading import shown
from pipelayer.project.source import ENDINGS, read_document
from pipelayer.project.tables import Findings, Vocabulary
from pipelayer.project.tags import check_tags, read_tags
from pipelayer.project.tree import Tree
from pipelayer.project.weights import Weights, read_weights, weigh

DEFAULT_FILE = "pipelayer.yml"
DEFAULT_TEMPLATE = "pipeline_definition.json"
DEFAULT_DIRS = ("*",)
DEFAULT_MAX_PIPELINES = 100
DEFAULT_GROUP = "default"

_TOP_KEYS = ("version", "project", "defaults", "rules", "groups")
_DEFAULT_KEYS = ("template", "dirs", "region", "max-pipelines")
_GROUP_KEYS = ("region", "account", "dirs", "template", "values", "tags", "max-pipelines")
PROJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")
GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,29}")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}")
ACCOUNT = re.compile(r"[0-9]{12}")


class Code(StrEnum):
    """PL01: what is wrong with the configuration."""

    FILE = "PL010"
    SHAPE = "PL011"
    UNKNOWN_KEY = "PL012"
    VALUE = "PL013"
    VERSION = "PL014"
    NO_PROJECT = "PL015"
    NO_PIPELINE = "PL016"
    RULE = "PL017"


@dataclass(frozen=True)
class Group:
    """One deployment of the project. `region` and `account` are empty where the environment decides.

    `dirs` and `template` are relative to the project's folder. `max_pipelines` is the account's quota.
    """

    name: str
    region: str = ""
    account: str = ""
    dirs: tuple[str, ...] = DEFAULT_DIRS
    template: str = DEFAULT_TEMPLATE
    values: Mapping[str, Field] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    max_pipelines: int = DEFAULT_MAX_PIPELINES
    at: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Config:
    """The project's name (empty where unknown), its groups, and the file (empty if there is none).

    `rules` holds the severities that were chosen for findings.
    """

    project: str
    groups: tuple[Group, ...]
    path: str = ""
    rules: Weights = field(default_factory=dict)

    def group(self, name: str) -> Group | None:
        """The group of this name."""
        return next((group for group in self.groups if group.name == name), None)


def load_config(
    tree: Tree, root: str, file: str = DEFAULT_FILE, default_project: str = ""
) -> tuple[Config | None, tuple[Finding, ...]]:
    """Read the configuration `file` (relative to the project's folder `root`) of `tree`.

    `default_project` is used where the file names none. Config is None where anything in the file is wrong: a
    setting that was misread could send a pipeline to the wrong account.
    """
    findings = Findings()
    path = _find(tree, root, file, findings)
    if findings.items:
        return None, tuple(findings.items)
    if path is None:
        groups: tuple[Group, ...] = (Group(DEFAULT_GROUP),)
        return Config(_default_project(default_project, findings), groups), tuple(findings.items)
    node, problems = read_document(path, tree.read(path))
    findings.items.extend(problems)
    if node is not None and posixpath.basename(path) == pipewelder.FILE:
        node = pipewelder.translated(node)
    config = _Reader(findings, root).config(node, path, default_project) if node is not None else None
    failed = any(finding.severity is Severity.ERROR for finding in findings.items)
    weights = config.rules if config else {}
    return None if failed else config, weigh(findings.items, weights)


def below(root: str, path: str) -> str | None:
    """`path`, relative to the folder `root`, as a path of the repository; None where it leaves that."""
    joined = posixpath.normpath(posixpath.join(root, path))
    outside = path.startswith("/") or joined == ".." or joined.startswith("../")
    return None if outside or not path else joined


def forms(path: str) -> tuple[str, ...]:
    """The same file as JSON and as YAML."""
    stem, _ = posixpath.splitext(path)
    return tuple(stem + ending for ending in ENDINGS)


def config_forms(root: str, file: str = DEFAULT_FILE) -> tuple[str, ...]:
    """Where the configuration may lie: the file that is named, for the usual name its other forms too, and
    last the ancestor's.
    """
    path = below(root, file) or ""
    if posixpath.normpath(file) != DEFAULT_FILE:
        return (path,)
    return (*forms(path), posixpath.join(posixpath.dirname(path), pipewelder.FILE))


def _find(tree: Tree, root: str, file: str, findings: Findings) -> str | None:
    path = below(root, file)
    if path is None:
        findings.error(Code.FILE, f"The configuration {shown(file)} lies outside the repository.", None)
        return None
    if posixpath.normpath(file) == DEFAULT_FILE:
        *usual, inherited = config_forms(root, file)
        found = [form for form in usual if form in tree.entries]
        if not found and inherited in tree.entries:
            found = [inherited]
        if len(found) > 1:
            message = f"{shown(found[0])} and {shown(found[1])} are both there."
            findings.error(Code.FILE, message, Position(found[1]), "Keep one of the two.")
        if not found:
            return None
        path = found[0]
    elif path not in tree.entries:
        hint = "Check the input `config`: it is relative to `working-directory`."
        findings.error(Code.FILE, f"The configuration {shown(path)} doesn't exist.", None, hint)
        return None
    if not tree.entries[path].is_file:
        findings.error(Code.FILE, f"{shown(path)} is a link.", Position(path), "Put the file itself there.")
        return None
    if not path.endswith(ENDINGS):
        findings.error(Code.FILE, f"{shown(path)} is neither JSON nor YAML.", Position(path), "Rename it.")
    return path


def _default_project(name: str, findings: Findings) -> str:
    if not name or PROJECT.fullmatch(name):
        return name
    message = f"The project can't be named {shown(name)} after its repository and folder."
    findings.warning(Code.NO_PROJECT, message, None, "Set `project:` in pipelayer.yml.")
    return ""


class _Reader:
    def __init__(self, findings: Findings, root: str) -> None:
        self._findings = findings
        self._root = root
        self._read = Vocabulary(findings, Code.SHAPE, Code.UNKNOWN_KEY)

    def config(self, node: Node, path: str, default_project: str) -> Config | None:
        top = self._read.table(node, "the configuration")
        if top is None:
            return None
        self._read.keys(top, _TOP_KEYS, "The configuration")
        self._version(top)
        project = self._matched(top, "project", PROJECT, "letters, digits and . _ - / (100 at most)")
        defaults = Group(DEFAULT_GROUP, at=top.at)
        if (table := self._read.table(top.get("defaults"), "`defaults`")) is not None:
            self._read.keys(table, _DEFAULT_KEYS, "`defaults`")
            defaults = self._group(DEFAULT_GROUP, table, defaults)
        groups = self._groups(top, defaults)
        rules = read_weights(self._read.table(top.get("rules"), "`rules`"), self._findings, Code.RULE)
        return Config(project or _default_project(default_project, self._findings), groups, path, rules)

    def _version(self, top: Table) -> None:
        node = top.get("version")
        if not (isinstance(node, Number) and node.text == "1"):
            missing = node is None
            message = (
                "The configuration doesn't say its version." if missing else "This version is not known."
            )
            self._findings.error(
                Code.VERSION, message, top.at if node is None else node.at, "Write version: 1."
            )

    def _groups(self, top: Table, defaults: Group) -> tuple[Group, ...]:
        node = top.get("groups")
        if node is None:
            return (defaults,)
        table = self._read.table(node, "`groups`")
        if table is None:
            return ()
        if not table.entries:
            hint = "Name a group, or leave `groups` out: then there is one named `default`."
            self._findings.error(Code.VALUE, "`groups` names no group.", table.at, hint)
        groups = []
        for entry in table.entries:
            if not GROUP.fullmatch(entry.key):
                message = f"A group can't be named {shown(entry.key)}."
                hint = "Use letters, digits and . _ - (30 at most), beginning with a letter or a digit."
                self._findings.error(Code.VALUE, message, entry.key_at, hint)
            what = f"the group {shown(entry.key)}"
            if (group := self._read.table(entry.value, what)) is not None:
                self._read.keys(group, _GROUP_KEYS, "A group")
                groups.append(self._group(entry.key, group, defaults, entry.key_at))
        return tuple(groups)

    def _group(self, name: str, table: Table, defaults: Group, at: Position | None = None) -> Group:
        values: Mapping[str, Field] = {}
        if (written := self._read.table(table.get("values"), "`values`")) is not None:
            values, problems = read_values(written)
            self._findings.items.extend(problems)
        tags = read_tags(table.get("tags"), self._read, Code.VALUE)
        check_tags(tags, self._findings, Code.VALUE)
        return Group(
            name=name,
            region=self._matched(table, "region", _REGION, "a region like us-west-2") or defaults.region,
            account=self._matched(table, "account", ACCOUNT, "the account's twelve digits, in quotes"),
            dirs=self._dirs(table) or defaults.dirs,
            template=self._template(table) or defaults.template,
            values=values,
            tags={tag: value for tag, (value, _) in tags.items()},
            max_pipelines=self._max_pipelines(table) or defaults.max_pipelines,
            at=at or table.at,
        )

    def _matched(self, table: Table, key: str, pattern: re.Pattern[str], wanted: str) -> str:
        node = table.get(key)
        text = self._read.text(node, f"`{key}`")
        if node is None or text is None:
            return ""
        if not pattern.fullmatch(text):
            message = f"`{key}` can't be {shown(text)}."
            self._findings.error(Code.VALUE, message, node.at, f"Write {wanted}.")
        return text

    def _dirs(self, table: Table) -> tuple[str, ...]:
        node = table.get("dirs")
        written = self._read.texts(node, "`dirs`") or ()
        if node is not None and node == Array((), node.at):
            hint = 'Name directories, like ["billing", "export_*"], or leave `dirs` out.'
            self._findings.error(Code.VALUE, "`dirs` is empty.", node.at, hint)
        patterns = []
        for text, at in written:
            parts = [part for part in text.split("/") if part not in {"", "."}]
            if text.startswith("/") or ".." in parts or not parts:
                message = f"{shown(text)} names no directory below the project's folder."
                hint = "Write a path or a glob relative to it, like `billing`, `team/*` or `**`."
                self._findings.error(Code.VALUE, message, at, hint)
            else:
                patterns.append("/".join(parts))
        return tuple(patterns)

    def _template(self, table: Table) -> str:
        node = table.get("template")
        text = self._read.text(node, "`template`")
        if node is None or text is None:
            return ""
        if below(self._root, text) is None or not text.endswith(ENDINGS):
            message = f"{shown(text)} can't be a template."
            hint = f"Name a .json or .yml file of the repository, like `{DEFAULT_TEMPLATE}`."
            self._findings.error(Code.VALUE, message, node.at, hint)
        return text

    def _max_pipelines(self, table: Table) -> int:
        node = table.get("max-pipelines")
        if node is None:
            return 0
        if isinstance(node, Number) and node.is_integer and re.fullmatch("[1-9][0-9]{0,6}", node.text):
            return int(node.text)
        hint = "Write the account's quota of pipelines, a whole number above 0 (AWS gives 100)."
        self._findings.error(Code.VALUE, "`max-pipelines` isn't a whole number above 0.", node.at, hint)
        return 0
