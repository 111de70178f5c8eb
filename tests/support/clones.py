"""The clones that jobs run in, made with git's own commands, as actions/checkout and its inputs make them."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from support.gitrepo import checkout_like_actions, git
from support.selecting import Place, Trigger

ANOTHER = 12345
"""Nobody's user id."""


@dataclass(frozen=True)
class Clone:
    """A kind of clone. `make` gives the workspace; `inputs` are what the workflow would set for it."""

    name: str
    make: Callable[[Place, Trigger], Path]
    inputs: tuple[tuple[str, str], ...] = ()
    object_format: str = "sha1"
    under: str = ""
    private: bool = False
    """The server wants the token, and the checkout has none."""


def _checkout(
    depth: int, *, filtered: str = "", sparse: tuple[str, ...] = (), into: str = ""
) -> Callable[[Place, Trigger], Path]:
    def make(place: Place, trigger: Trigger) -> Path:
        path = place.workspace / into
        extra = (f"--filter={filtered}",) if filtered else ()
        checkout_like_actions(
            path,
            place.server.url,
            trigger.commit,
            trigger.tracked,
            depth=depth,
            extra_fetch=extra,
            sparse=sparse,
        )
        return place.workspace

    return make


def _private(filtered: str = "", sparse: tuple[str, ...] = ()) -> Callable[[Place, Trigger], Path]:
    """`persist-credentials: false`: the clone has its server's address and no token."""

    def make(place: Place, trigger: Trigger) -> Path:
        workspace = _checkout(1, filtered=filtered, sparse=sparse)(place, trigger)
        git(
            workspace,
            "remote",
            "set-url",
            "origin",
            place.story.environ["GITHUB_SERVER_URL"] + "/acme/nightly",
        )
        return workspace

    return make


def _over_ssh(filtered: str = "") -> Callable[[Place, Trigger], Path]:
    """`ssh-key`, which the container doesn't have."""

    def make(place: Place, trigger: Trigger) -> Path:
        workspace = _checkout(1, filtered=filtered, sparse=("elsewhere",) if filtered else ())(place, trigger)
        git(workspace, "remote", "set-url", "origin", "git@127.0.0.1:acme/nightly.git")
        return workspace

    return make


def _with_modules(place: Place, trigger: Trigger) -> Path:
    """The repository has files of the names that Python would import."""
    workspace = _checkout(1)(place, trigger)
    for name in ("json.py", "pipelayer.py", "sitecustomize.py", "subprocess.py"):
        (workspace / name).write_text("raise SystemExit('imported from the workspace')\n")
    return workspace


def _worktree(place: Place, trigger: Trigger) -> Path:
    main = place.folder / "main-clone"
    checkout_like_actions(main, place.server.url, trigger.commit, trigger.tracked)
    workspace = place.workspace
    git(main, "worktree", "add", "--quiet", "--detach", str(workspace), trigger.commit)
    return workspace


def _foreign(place: Place, trigger: Trigger) -> Path:
    """The workspace belongs to another user than the container's."""
    workspace = _checkout(1)(place, trigger)
    if os.geteuid() == 0:
        for folder, _, names in os.walk(workspace):
            for name in (".", *names):
                os.chown(Path(folder, name), ANOTHER, ANOTHER, follow_symlinks=False)
    else:
        place.story.environ["GIT_TEST_ASSUME_DIFFERENT_OWNER"] = "1"
    return workspace


def _with_submodules(place: Place, trigger: Trigger) -> Path:
    """`submodules: recursive`."""
    workspace = _checkout(1)(place, trigger)
    git(
        workspace,
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "update",
        "--init",
        "--recursive",
    )
    return workspace


def _beside_another(place: Place, trigger: Trigger) -> Path:
    """Two checkouts: the workspace itself is one, and ours lies in a folder of it."""
    git(place.folder, "init", "--quiet", str(place.workspace))
    return _checkout(1, into="repo")(place, trigger)


def _bare_disk(place: Place, trigger: Trigger) -> Path:
    """A step has emptied the work tree: only `.git` is left."""
    workspace = _checkout(1)(place, trigger)
    for child in workspace.iterdir():
        if child.name != ".git":
            shutil.rmtree(child) if child.is_dir() else child.unlink()
    return workspace


CLONES = (
    Clone("full", _checkout(0)),
    Clone("depth 1", _checkout(1)),
    Clone("depth 2", _checkout(2)),
    Clone("blobless", _checkout(0, filtered="blob:none")),
    Clone("blobless, depth 1", _checkout(1, filtered="blob:none")),
    Clone("treeless", _checkout(0, filtered="tree:0")),
    Clone("treeless, depth 1", _checkout(1, filtered="tree:0")),
    Clone("sparse", _checkout(1, sparse=("elsewhere",))),
    Clone("sparse, one pipeline", _checkout(1, sparse=("alpha",))),
    Clone("sparse and blobless", _checkout(1, filtered="blob:none", sparse=("elsewhere",))),
    Clone("worktree", _worktree),
    Clone("with submodules", _with_submodules),
    Clone("emptied by a step", _bare_disk),
    Clone("SHA-256", _checkout(1), object_format="sha256"),
    Clone("project in a subdirectory", _checkout(1), under="data/jobs"),
    Clone("sparse project in a subdirectory", _checkout(1, sparse=("elsewhere",)), under="data/jobs"),
    Clone("checkout in a subdirectory", _checkout(1, into="repo"), (("working_directory", "repo"),)),
    Clone(
        "project in a checkout in a subdirectory",
        _checkout(1, into="a/repo"),
        (("working_directory", "a/repo/data/jobs"),),
        under="data/jobs",
    ),
    Clone("beside another checkout", _beside_another, (("working_directory", "repo"),)),
    Clone("of another user", _foreign),
    Clone("only a token", _private(), private=True),
    Clone("only a token, blobless", _private("blob:none"), private=True),
    Clone("only a token, sparse and blobless", _private("blob:none", ("elsewhere",)), private=True),
    Clone("only a token, treeless", _private("tree:0"), private=True),
    Clone("only a token, over ssh", _over_ssh(), private=True),
    Clone("only a token, over ssh, blobless", _over_ssh("blob:none"), private=True),
    Clone("with hostile modules", _with_modules),
)


def spy_on_git(folder: Path) -> Path:
    """A folder for the front of PATH, whose git first writes its arguments to the file `arguments` there."""
    real = shutil.which("git")
    assert real is not None
    folder.mkdir()
    written = folder / "arguments"
    spy = folder / "git"
    spy.write_text(
        f'#!/bin/sh\nprintf \'%s\\n\' "$*" >>{shlex.quote(str(written))}\nexec {shlex.quote(real)} "$@"\n'
    )
    spy.chmod(0o755)
    return folder
