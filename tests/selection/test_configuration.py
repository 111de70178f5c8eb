"""No configuration of git, whether the user's, the repository's or the environment's, changes an answer."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from support.clones import CLONES
from support.gitrepo import git
from support.pulls import head_behind_base
from support.selecting import Place, Trigger, run, selected
from support.triggers import several_commits

ODD = {
    "color.ui": "always",
    "core.abbrev": "5",
    "core.attributesFile": "/dev/null",
    "core.ignoreCase": "true",
    "core.precomposeUnicode": "true",
    "core.quotePath": "false",
    "diff.ignoreSubmodules": "all",
    "diff.noprefix": "true",
    "diff.orderFile": "/nonexistent",
    "diff.relative": "true",
    "diff.renameLimit": "1",
    "diff.renames": "copies",
    "diff.suppressBlankEmpty": "true",
    "fetch.output": "porcelain",
    "fetch.prune": "true",
    "fetch.recurseSubmodules": "true",
    "i18n.logOutputEncoding": "UTF-16",
    "log.showSignature": "true",
    "pager.diff-tree": "true",
    "remote.origin.tagOpt": "--tags",
    "status.showUntrackedFiles": "all",
    "transfer.fsckObjects": "true",
}

PROGRAMS = (
    "alias.cat-file",
    "alias.diff-tree",
    "alias.ls-remote",
    "alias.rev-parse",
    "core.alternateRefsCommand",
    "core.askPass",
    "core.editor",
    "core.fsmonitor",
    "core.gitProxy",
    "core.pager",
    "core.sshCommand",
    "credential.helper",
    "diff.external",
    "diff.x.command",
    "diff.x.textconv",
    "filter.x.clean",
    "filter.x.process",
    "filter.x.smudge",
    "gpg.program",
    "interactive.diffFilter",
    "merge.x.driver",
    "pager.cat-file",
    "pager.diff-tree",
    "remote.origin.receivepack",
    "sequence.editor",
    "uploadpack.packObjectsHook",
)
"""Settings whose value git may run."""

HOOKS = (
    "post-checkout",
    "post-index-change",
    "pre-auto-gc",
    "reference-transaction",
    "fsmonitor-watchman",
)


@pytest.mark.parametrize("where", ["repository", "user", "both"])
@pytest.mark.parametrize("make", [several_commits, head_behind_base], ids=["push", "pull request"])
def test_odd_settings_change_nothing(place: Place, make: Callable[[Place], Trigger], where: str) -> None:
    trigger = make(place)
    workspace = CLONES[1].make(place, trigger)
    home = workspace.parent / "home"
    home.mkdir(exist_ok=True)
    for name, value in ODD.items():
        if where != "user":
            git(workspace, "config", name, value)
        if where != "repository":
            git(workspace, "config", "--file", str(home / ".gitconfig"), name, value)
    expected = (
        {"alpha": "files", "beta": "files"}
        if make is several_commits
        else {"alpha": "files", "gamma": "files"}
    )
    assert selected(run(place, workspace, trigger)) == expected


def test_the_environment_changes_nothing(place: Place, tmp_path: Path) -> None:
    """GIT_DIR is set in every job of these tests."""
    trigger = several_commits(place)
    place.story.environ |= {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "/nonexistent",
        "GIT_ATTR_SOURCE": "HEAD",
        "GIT_COMMON_DIR": "/nonexistent",
        "GIT_CONFIG": "/nonexistent",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "diff.renames",
        "GIT_CONFIG_VALUE_0": "copies",
        "GIT_CONFIG_PARAMETERS": "'diff.relative'='true'",
        "GIT_DEFAULT_HASH": "sha256",
        "GIT_DIFF_OPTS": "--unified=0",
        "GIT_EXEC_PATH": "/nonexistent",
        "GIT_EXTERNAL_DIFF": "/nonexistent",
        "GIT_GLOB_PATHSPECS": "1",
        "GIT_INDEX_FILE": "/nonexistent",
        "GIT_NAMESPACE": "elsewhere",
        "GIT_OBJECT_DIRECTORY": "/nonexistent",
        "GIT_REPLACE_REF_BASE": "refs/elsewhere",
        "GIT_SSH_COMMAND": "/nonexistent",
        "GIT_TRACE": str(tmp_path / "trace"),
        "GIT_WORK_TREE": "/nonexistent",
        "LANG": "de_DE.UTF-8",
        "LC_ALL": "C",
    }
    workspace = CLONES[1].make(place, trigger)
    assert selected(run(place, workspace, trigger)) == {"alpha": "files", "beta": "files"}
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("name", ["full", "depth 1", "blobless", "treeless, depth 1", "worktree"])
def test_nothing_that_a_checkout_names_is_executed(place: Place, tmp_path: Path, name: str) -> None:
    trigger = several_commits(place)
    workspace = next(clone for clone in CLONES if clone.name == name).make(place, trigger)
    sprung = tmp_path / "sprung"
    trap = tmp_path / "trap"
    trap.write_text(f'#!/bin/sh\necho "$0 $*" >>{shlex.quote(str(sprung))}\n')
    trap.chmod(0o755)
    hooks = Path(git(workspace, "rev-parse", "--absolute-git-dir")) / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in HOOKS:
        (hooks / hook).symlink_to(trap)
    for setting in PROGRAMS:
        git(workspace, "config", setting, f"!{trap}" if setting.startswith("alias.") else str(trap))
    git(workspace, "config", "core.hooksPath", str(hooks))
    for path in ("bin/git", "git", "tasks/git"):
        (workspace / path).parent.mkdir(exist_ok=True)
        (workspace / path).symlink_to(trap)
    place.story.environ["PATH"] = f".:bin::tasks{os.pathsep}{os.environ['PATH']}"
    (workspace / ".gitattributes").write_text("* filter=x diff=x merge=x\n")
    job = run(place, workspace, trigger)
    assert selected(job) == {"alpha": "files", "beta": "files"}, job.stdout
    tracked = run(place, workspace, trigger, source="tracked")
    assert selected(tracked) == {"alpha": "files", "beta": "files"}
    assert not sprung.exists(), sprung.read_text()
