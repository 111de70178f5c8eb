"""What builds the action's image and starts it, with the flags of GitHub's runner (actions/runner,
ContainerActionHandler.cs and DockerCommandManager.cs): docker, podman or buildah, or a program that stands in
for them.

The stand-in is a program with `build CONTEXT`, which makes `localhost/action`, and
`run WORKSPACE EVENT NAME=VALUE…`, which leaves the runner's files in `$OUT`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).parents[2]
IMAGE = "localhost/pipelayer-action"
FILES = ("set_output", "step_summary", "set_env", "add_path", "save_state")
MOUNTS = ("home", "workflow", "file_commands")
_OWNER = 1001
"""The runner's user on a hosted machine; the container's is root."""


class Runner(Protocol):
    """What builds and starts the image. `own_noise` is how lines begin that it adds itself to stderr."""

    @property
    def own_noise(self) -> tuple[bytes, ...]: ...

    @property
    def image(self) -> str: ...

    def build(self, context: Path = ROOT) -> None:
        """Builds it from the Dockerfile of this checkout, or another one under the same name."""
        ...

    def start(
        self, workspace: Path, event: Path, environ: Mapping[str, str], out: Path
    ) -> subprocess.Popen[bytes]:
        """Starts the action in a workspace. `environ` is the step's environment, with paths as they are in
        the container; `out/file_commands` holds the runner's files afterwards.
        """
        ...


@dataclass(frozen=True)
class StandIn:
    """A program that does both without docker."""

    program: str
    image: str = "localhost/action"
    own_noise: tuple[bytes, ...] = ()

    def build(self, context: Path = ROOT) -> None:
        subprocess.run([self.program, "build", str(context)], check=True, stdout=subprocess.DEVNULL)

    def start(
        self, workspace: Path, event: Path, environ: Mapping[str, str], out: Path
    ) -> subprocess.Popen[bytes]:
        pairs = [f"{name}={value}" for name, value in environ.items()]
        return _piped(
            [self.program, "run", str(workspace), str(event), *pairs], {**os.environ, "OUT": str(out)}
        )


@dataclass(frozen=True)
class Engine:
    """docker or podman. Any other `image` than ours is one that was built already."""

    name: str
    image: str = IMAGE
    own_noise: tuple[bytes, ...] = ()

    def build(self, context: Path = ROOT) -> None:
        if context != ROOT or self.image == IMAGE:
            subprocess.run([self.name, "build", "--quiet", "--tag", IMAGE, str(context)], check=True)
        elif not _works(self.name, "image", "inspect", self.image):
            subprocess.run([self.name, "pull", "--quiet", self.image], check=True)

    def start(
        self, workspace: Path, event: Path, environ: Mapping[str, str], out: Path
    ) -> subprocess.Popen[bytes]:
        prepare(workspace, event, out)
        return _piped(
            [
                *(self.name, "run", "--rm", "--network", "host", "--workdir", "/github/workspace"),
                *_flags("-e", environ),
                *_volumes(workspace, out),
                self.image,
            ]
        )


@dataclass(frozen=True)
class Buildah:
    """buildah alone. It starts commands, not images: the entry point is what the image says."""

    image: str = IMAGE
    own_noise: tuple[bytes, ...] = (b"subprocess exited with status ", b"Error: exit status ")

    def build(self, context: Path = ROOT) -> None:
        subprocess.run(["buildah", "bud", "--quiet", "--layers", "--tag", IMAGE, str(context)], check=True)

    def start(
        self, workspace: Path, event: Path, environ: Mapping[str, str], out: Path
    ) -> subprocess.Popen[bytes]:
        prepare(workspace, event, out)
        container = _said("buildah", "from", "--pull-never", IMAGE)
        described = json.loads(_said("buildah", "inspect", "--type", "image", IMAGE))
        script = 'buildah run "$@"; code=$?; buildah rm "$CONTAINER" >/dev/null; exit $code'
        command = [
            *("sh", "-c", script, "buildah", "--network", "host", "--workingdir", "/github/workspace"),
            *_flags("--env", environ),
            *_volumes(workspace, out),
            *(container, "--", *described["OCIv1"]["config"]["Entrypoint"]),
        ]
        return _piped(command, {**os.environ, "CONTAINER": container})


def find_runner(stand_in: str = "", image: str = "") -> Runner:
    """The stand-in that was named, else docker, podman or buildah. Raises LookupError where there is none.

    docker and podman can also be given an image that is built already, by its name.
    """
    if stand_in and not image:
        return StandIn(stand_in)
    for name in ("docker", "podman"):
        if shutil.which(name) and _works(name, "info"):
            return Engine(name, image or IMAGE)
    if shutil.which("buildah") and not image:
        return Buildah()
    if image:
        raise LookupError("An image that was built already needs docker or podman.")
    raise LookupError("Neither docker, podman nor buildah works here, and RUNNER names no stand-in.")


def _works(*command: str) -> bool:
    """Whether it ends well: docker's client may be there without its server."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def prepare(workspace: Path, event: Path, out: Path) -> None:
    """The runner's folders, and everything in the hands of another user than the container's."""
    for folder in MOUNTS:
        (out / folder).mkdir(parents=True)
    for file in FILES:
        (out / "file_commands" / file).touch()
    shutil.copy(event, out / "workflow" / "event.json")
    if os.geteuid() == 0:
        for top in (workspace, out):
            for path in (top, *top.rglob("*")):
                os.chown(path, _OWNER, _OWNER, follow_symlinks=False)


def client_or_action(process: subprocess.Popen[bytes]) -> int:
    """Who gets the runner's signals: the client of docker or podman, which hands them to PID 1, be it that a
    script has started it. buildah hands nothing on: the action itself.
    """
    found = [pid for pid in _family(process.pid) if _is_client(pid) or _is_action(pid)]
    return found[0]


def _family(pid: int) -> Iterator[int]:
    """A process and all that it has started, the eldest first."""
    yield pid
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text(encoding="utf-8").split():
            yield from _family(int(child))


def _is_client(pid: int) -> bool:
    return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() in {"docker", "podman"}


def _is_action(pid: int) -> bool:
    """Whether it is the interpreter that runs the entry point."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return words[0].endswith(b"/python") and b"/app/entrypoint.py" in words


def _flags(flag: str, environ: Mapping[str, str]) -> list[str]:
    return [part for name, value in environ.items() for part in (flag, f"{name}={value}")]


def _volumes(workspace: Path, out: Path) -> list[str]:
    pairs = [(workspace, "workspace"), *((out / folder, folder) for folder in MOUNTS)]
    return [part for host, name in pairs for part in ("-v", f"{host}:/github/{name}")]


def _piped(command: list[str], environ: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
