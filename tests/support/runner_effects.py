"""What a step does to its job: GitHub's runner, as far as it listens to what a step prints and writes.

    effects = effects_of(stdout, stderr, {"output": b"result<<X\\nsuccess\\nX\\n"})
    assert effects.failures == [] and effects.outputs == {"result": "success"}

Written from the rules of actions/runner (Runner.Worker): ActionCommandManager.cs says what each command does
and when none is carried out, ExecutionContext.cs what becomes of annotations, FileCommandManager.cs what is
read from the files. What lies on the runner's own disk or needs its settings isn't here: problem matchers are
only noted, `set-env` and `add-path` are off as they are everywhere by default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from support.runner_parser import (
    REGISTERED,
    Command,
    FileCommandError,
    decoded,
    lines_of,
    read_pairs,
    read_suspicious,
)

SUMMARY_LIMIT = 1024 * 1024
"""Bytes; a bigger step summary is dropped whole (CreateStepSummaryCommand)."""

_KEPT = 10
"""Annotations of each kind in a step."""
_MESSAGE_LIMIT = 4096
"""UTF-16 units; the rest of a message is cut off."""
_SECRET_TOKEN = 6
"""A longer token of `stop-commands` is masked."""


@dataclass(frozen=True)
class Annotation:
    """What GitHub shows beside a line, or beside the job."""

    level: str
    message: str
    data: Mapping[str, str]


@dataclass
class Effects:
    """All that a step did to its job beside its exit code."""

    commands: list[Command] = field(default_factory=list)
    """What was carried out, in order."""
    log: list[str] = field(default_factory=list)
    """The lines that were no commands."""
    annotations: list[Annotation] = field(default_factory=list)
    lost: list[Annotation] = field(default_factory=list)
    """Annotations that were too many of their kind."""
    debug: list[str] = field(default_factory=list)
    masks: set[str] = field(default_factory=set)
    folded: int = 0
    """Groups that were begun and not ended."""
    echo: bool = False
    matchers: list[str] = field(default_factory=list)
    outputs_by_command: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    summary: str = ""
    warnings: list[str] = field(default_factory=list)
    """What the runner itself complains about without failing the step."""
    failures: list[str] = field(default_factory=list)
    """Why the runner would fail the step, whatever its exit code."""


def effects_of(stdout: bytes, stderr: bytes = b"", files: Mapping[str, bytes] | None = None) -> Effects:
    """The effects of a step. `files` are what was written to `output`, `state`, `env`, `path` and
    `step_summary`.
    """
    step = _Step()
    for stream in (stdout, stderr):
        for line in lines_of(decoded(stream)):
            step.hears(line)
    step.reads(files or {})
    return step.effects


class _Step:
    def __init__(self) -> None:
        self.effects = Effects()
        self._token = ""
        """What lets commands go on, in lower case; empty while they do."""

    def hears(self, line: str) -> None:
        """One line of either stream (`TryProcessCommand`)."""
        known = REGISTERED | {self._token} if self._token else REGISTERED
        command = read_suspicious(line, known)
        if command is None or (self._token and command.name != self._token):
            self.effects.log.append(line)
            return
        self.effects.commands.append(command)
        if self._token:
            self._token = ""
        else:
            self._carry_out(command)

    def _carry_out(self, command: Command) -> None:
        effects, data = self.effects, command.data
        match command.name:
            case "error" | "warning" | "notice":
                self._annotate(command)
            case "debug":
                effects.debug += data.replace("\r\n", "\n").split("\n")
            case "group":
                effects.folded += 1
            case "endgroup":
                effects.folded = max(0, effects.folded - 1)
            case "add-mask":
                self._mask(data)
            case "echo":
                self._switch_echo(data)
            case "stop-commands":
                self._stop(data)
            case "set-output":
                self._set(effects.outputs_by_command, command)
            case "save-state":
                self._set(effects.state, command)
            case "add-matcher" if data:
                effects.matchers.append(data)
            case "add-matcher":
                effects.warnings.append("no file of a matcher")
            case "remove-matcher" if bool(data) == bool(command.properties.get("owner")):
                effects.warnings.append("a matcher's owner or its file, not both")
            case "set-env" | "add-path":
                effects.failures.append(f"{command.name} is disabled")

    def _annotate(self, command: Command) -> None:
        """`IssueCommandExtension` and `AddIssue`."""
        units = command.data.encode("utf-16-le", "surrogatepass")[: 2 * _MESSAGE_LIMIT]
        message = units.decode("utf-16-le", "replace")
        annotation = Annotation(command.name, message, _place(command.properties))
        same = sum(other.level == command.name for other in self.effects.annotations)
        (self.effects.annotations if same < _KEPT else self.effects.lost).append(annotation)

    def _mask(self, secret: str) -> None:
        """The whole, and each of its lines."""
        if not secret.strip():
            self.effects.warnings.append("nothing to mask")
            return
        self.effects.masks |= {secret, *filter(None, re.split("[\r\n]", secret))}

    def _switch_echo(self, data: str) -> None:
        wanted = data.strip().upper()
        if wanted in ("ON", "OFF"):
            self.effects.echo = wanted == "ON"
        else:
            self.effects.failures.append("echo is on or off")

    def _stop(self, token: str) -> None:
        """`ValidateStopToken`: nobody may stop commands with a word that anybody may say."""
        if not token or token.lower() in REGISTERED | {"pause-logging"}:
            self.effects.failures.append(f"no token to stop commands: {token!r}")
            return
        self._token = token.lower()
        if len(token) > _SECRET_TOKEN:
            self.effects.masks.add(token)

    def _set(self, where: dict[str, str], command: Command) -> None:
        name = command.properties.get("name", "")
        if name:
            where[name] = command.data
        else:
            self.effects.failures.append(f"{command.name} without a name")

    def reads(self, files: Mapping[str, bytes]) -> None:
        """The files, after the step has ended (`ProcessFiles`): what is wrong in one leaves the others."""
        effects = self.effects
        self._read_into(effects.outputs, files.get("output", b""))
        self._read_into(effects.state, files.get("state", b""))
        self._read_into(effects.env, files.get("env", b""))
        for name in [name for name in effects.env if name.upper() == "NODE_OPTIONS"]:
            del effects.env[name]
            effects.warnings.append(f"{name} can't be set")
        effects.path = list(filter(None, lines_of(decoded(files.get("path", b"")))))
        summary = files.get("step_summary", b"")
        if len(summary) > SUMMARY_LIMIT:
            effects.warnings.append("the summary is too long")
        else:
            effects.summary = "".join(f"{self._hidden(line)}\n" for line in lines_of(decoded(summary)))

    def _read_into(self, where: dict[str, str], data: bytes) -> None:
        try:
            for name, value in read_pairs(decoded(data)):
                if not name:
                    raise FileCommandError("a value without a name")
                where[name] = value
        except FileCommandError as problem:
            self.effects.failures.append(str(problem))

    def _hidden(self, line: str) -> str:
        for secret in sorted(self.effects.masks, key=len, reverse=True):
            line = line.replace(secret, "***")
        return line


def _place(given: Mapping[str, str]) -> dict[str, str]:
    """Properties of an annotation as GitHub gets them (`ValidateLinesAndColumns`). A path in the container's
    workspace becomes one in the repository.
    """
    data = dict(given)
    if "file" in data:
        data["file"] = data["file"].removeprefix("/github/workspace/")
    for end, start in (("endline", "line"), ("endcolumn", "col")):
        if _is_number(data.get(end)) and not _is_number(data.get(start)):
            data[start] = data[end]
    apart = _is_number(data.get("endline")) and data["line"] != data["endline"]
    backwards = _is_number(data.get("endcolumn")) and int(data["endcolumn"]) < int(data["col"])
    if not _is_number(data.get("line")) or apart or backwards:
        data.pop("col", None)
        data.pop("endcolumn", None)
    if apart and int(data["endline"]) < int(data["line"]):
        del data["line"], data["endline"]
    return data


def _is_number(text: str | None) -> bool:
    """What `int.TryParse` takes."""
    return re.fullmatch(r"\s*[+-]?[0-9]{1,9}\s*", text or "") is not None
