"""The release's script, as the workflow runs it: in clones of a real repository."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from support.gitrepo import Server, Work, checkout_like_actions, git, git_environment, make_repo, make_server

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".github" / "scripts" / "release.py"
ACTION = (ROOT / "action.yml").read_text(encoding="utf-8")
WORKFLOWS = ROOT / ".github" / "workflows"
IMAGE = f"ghcr.io/pipelayer/pipelayer@sha256:{'1a' * 32}"
OTHER_IMAGE = f"ghcr.io/pipelayer/pipelayer@sha256:{'2b' * 32}"
CHANGELOG = """# Changelog

## [1.2.4] - unreleased

- Not yet.

## [1.2.3] - 2026-12-01

### Added

- A **thing**, see [docs](docs/a.md).

## [1.2.2] - 2026-11-01

## [1.2.10] - 2026-10-01

- Ten.
"""


def project(version: str) -> dict[str, str]:
    return {
        "action.yml": ACTION,
        "CHANGELOG.md": CHANGELOG.replace("1.2.3", version),
        "pyproject.toml": f'[project]\nname = "a"\nversion = "{version}"\n',
        "folder/action.yml": ACTION,
        ".github/workflows/ci.yml": "on: push\n",
    }


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return make_server(tmp_path / "server.git")


@pytest.fixture
def work(tmp_path: Path, server: Server) -> Work:
    """A clone on main, whose commit is pushed and says 1.2.3."""
    work = make_repo(tmp_path / "work", origin=server.url)
    work.commit(project("1.2.3"))
    work.push("main")
    work.git("fetch", "--quiet", "origin")
    return work


def run(work: Work, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *arguments],
        cwd=work.path,
        env=git_environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def said(work: Work, *arguments: str) -> str:
    ran = run(work, *arguments)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout.removesuffix("\n")


def refusal(work: Work, *arguments: str) -> str:
    """Its sentence, and nothing else: no traceback, nothing on standard output."""
    ran = run(work, *arguments)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("Not released. ")
    assert ran.stderr.count("\n") == 1
    return ran.stderr


def next_commit(work: Work, version: str) -> str:
    commit = work.commit(project(version))
    work.push("main")
    return commit


def tags(server: Server) -> dict[str, str]:
    """Each tag of the server, and the commit that it leads to."""
    names = git(server.path, "tag", "--list").split()
    return {name: git(server.path, "rev-parse", f"{name}^{{commit}}") for name in names}


def test_a_release_is_a_commit_on_main_s_whose_action_names_the_image(work: Work, server: Server) -> None:
    head = work.git("rev-parse", "HEAD")
    released = said(work, "tag", "1.2.3", IMAGE)
    assert tags(server) == {"v1.2.3": released}
    assert git(server.path, "rev-parse", f"{released}^") == head
    changed = git(server.path, "diff", "--name-status", head, released).splitlines()
    assert changed == ["D\t.github/workflows/ci.yml", "M\taction.yml"]
    action = yaml.safe_load(git(server.path, "show", f"{released}:action.yml"))
    assert action == yaml.safe_load(ACTION) | {"runs": {"using": "docker", "image": f"docker://{IMAGE}"}}
    assert git(server.path, "rev-parse", "main") == head
    assert work.git("status", "--porcelain") == ""
    assert work.git("rev-parse", "HEAD") == head


def test_it_may_be_repeated_in_the_same_clone_and_in_another(
    work: Work, server: Server, tmp_path: Path
) -> None:
    released = said(work, "tag", "1.2.3", IMAGE)
    assert said(work, "tag", "1.2.3", IMAGE) == released
    again = checkout_like_actions(tmp_path / "again", server.url, work.head(), depth=0)
    assert said(again, "tag", "1.2.3", IMAGE) == released
    assert tags(server) == {"v1.2.3": released}


def test_a_push_that_failed_is_made_again(work: Work, server: Server) -> None:
    work.git("remote", "set-url", "--push", "origin", str(server.path.parent / "nowhere.git"))
    assert "git push: " in run(work, "tag", "1.2.3", IMAGE).stderr
    assert tags(server) == {}
    work.git("remote", "set-url", "--push", "origin", server.url)
    released = said(work, "tag", "1.2.3", IMAGE)
    assert tags(server) == {"v1.2.3": released}


def test_a_tag_is_never_moved(work: Work, server: Server) -> None:
    released = said(work, "tag", "1.2.3", IMAGE)
    assert "the release of another" in refusal(work, "tag", "1.2.3", OTHER_IMAGE)
    work.commit({"b": "2"})
    assert "the release of another" in refusal(work, "tag", "1.2.3", IMAGE)
    assert tags(server) == {"v1.2.3": released}


@pytest.mark.parametrize(
    "image",
    [
        "ghcr.io/pipelayer/pipelayer:1.2.3",
        f"ghcr.io/pipelayer/pipelayer@sha256:{'1a' * 31}",
        f"docker://{IMAGE}",
        f"{IMAGE}\n  args: [x]",
        f"x y/{IMAGE}",
        "",
    ],
)
def test_an_action_is_pinned_to_a_digest_or_not_at_all(work: Work, server: Server, image: str) -> None:
    assert "is no image by digest" in refusal(work, "tag", "1.2.3", image)
    assert "is no image by digest" in refusal(work, "pin", image)
    assert tags(server) == {}


def test_pinning_changes_one_line_and_nothing_more_when_repeated(work: Work) -> None:
    action = said(work, "pin", IMAGE) + "\n"
    was, now = ACTION.splitlines(), action.splitlines()
    differing = [(before, after) for before, after in zip(was, now, strict=True) if before != after]
    assert differing == [("  image: Dockerfile", f"  image: docker://{IMAGE}")]
    work.write({"action.yml": action})
    assert said(work, "pin", IMAGE) + "\n" == action
    assert "must have one line" in refusal(work, "pin", OTHER_IMAGE)


NO_WORKFLOWS = """#!/bin/sh
while read before after ref; do
  test -z "$(git ls-tree "$after" .github/)" || { echo 'without `workflows` permission' >&2; exit 1; }
done
"""
"""How GitHub treats the token of a workflow whose branch has got other workflows since."""


def test_a_tag_that_somebody_else_made_is_no_release(work: Work, server: Server) -> None:
    """Of the right commit and with the right image, but with another file."""
    head = work.git("rev-parse", "HEAD")
    work.commit({"action.yml": said(work, "pin", IMAGE) + "\n", "pipelayer.py": "evil\n"})
    work.git("tag", "v1.2.3")
    work.push("v1.2.3")
    work.git("reset", "--hard", "--quiet", head)
    assert "is the release of another" in refusal(work, "tag", "1.2.3", IMAGE)


def test_a_release_goes_on_though_the_workflows_of_main_have_changed(work: Work, server: Server) -> None:
    hook = server.path / "hooks" / "pre-receive"
    hook.write_text(NO_WORKFLOWS)
    hook.chmod(0o755)
    released = said(work, "tag", "1.2.3", IMAGE)
    said(work, "major", "1.2.3", released)
    assert tags(server) == {"v1": released, "v1.2.3": released}


def test_the_major_version_s_tag_follows_the_newest_release(work: Work, server: Server) -> None:
    first = said(work, "tag", "1.2.3", IMAGE)
    assert said(work, "major", "1.2.3", first) == f"v1 is 1.2.3, {first}."
    assert tags(server) == {"v1": first, "v1.2.3": first}
    next_commit(work, "1.2.10")
    second = said(work, "tag", "1.2.10", OTHER_IMAGE)
    assert tags(server)["v1"] == first
    said(work, "major", "1.2.10", second)
    said(work, "major", "1.2.10", second)
    assert tags(server) == {"v1": second, "v1.2.3": first, "v1.2.10": second}
    assert "stays" in said(work, "major", "1.2.3", first)
    assert tags(server)["v1"] == second


def test_major_versions_are_strangers_to_each_other(work: Work, server: Server) -> None:
    first = said(work, "tag", "1.2.3", IMAGE)
    said(work, "major", "1.2.3", first)
    next_commit(work, "2.0.0")
    said(work, "check", "2.0.0")
    second = said(work, "tag", "2.0.0", OTHER_IMAGE)
    said(work, "major", "2.0.0", second)
    assert tags(server) == {"v1": first, "v1.2.3": first, "v2": second, "v2.0.0": second}
    next_commit(work, "1.2.11")
    said(work, "check", "1.2.11")


def test_a_version_s_tag_that_somebody_moved_moves_no_other(work: Work, server: Server) -> None:
    released = said(work, "tag", "1.2.3", IMAGE)
    git(server.path, "tag", "--force", "v1.2.3", "main")
    assert "was moved" in refusal(work, "major", "1.2.3", released)
    assert "v1" not in tags(server)


def test_a_version_that_was_never_tagged_is_no_major_one(work: Work, server: Server) -> None:
    assert "no v1.2.3" in refusal(work, "major", "1.2.3", "1" * 40)
    assert tags(server) == {}


def test_a_commit_of_main_whose_papers_are_in_order_may_be_released(work: Work) -> None:
    assert said(work, "check", "1.2.3") == f"1.2.3 may be released from {work.git('rev-parse', 'HEAD')}."


@pytest.mark.parametrize("version", ["v1.2.3", "1.2", "1.2.3-rc1", "01.2.3", "1.2.3\n", "¹.2.3", "--help"])
def test_a_version_has_three_numbers(work: Work, version: str) -> None:
    assert "no version such as 1.2.3" in refusal(work, "check", version)


def test_the_project_must_say_the_same_version(work: Work) -> None:
    assert "pyproject.toml says 1.2.3" in refusal(work, "check", "1.2.4")


def test_a_version_is_released_once(work: Work) -> None:
    said(work, "tag", "1.2.3", IMAGE)
    assert "v1.2.3 exists" in refusal(work, "check", "1.2.3")


def test_a_major_version_never_goes_back(work: Work) -> None:
    said(work, "tag", "1.2.3", IMAGE)
    next_commit(work, "1.2.2")
    work.write({"CHANGELOG.md": "## [1.2.2] - 2026-12-01\n\n- Older.\n"})
    assert "v1.2.3 is newer" in refusal(work, "check", "1.2.2")


def test_only_main_is_released(work: Work) -> None:
    work.commit({"c": "not pushed"})
    assert "isn't on main" in refusal(work, "check", "1.2.3")


def test_the_notes_are_the_version_s_section(work: Work) -> None:
    assert said(work, "notes", "1.2.3") == "### Added\n\n- A **thing**, see [docs](docs/a.md)."
    assert said(work, "notes", "1.2.10") == "- Ten."


@pytest.mark.parametrize(
    ("version", "why"), [("1.2.4", "needs the day"), ("1.2.2", "is empty"), ("1.2.1", "has no section")]
)
def test_a_section_that_is_not_ready_stops_the_release(work: Work, version: str, why: str) -> None:
    assert why in refusal(work, "notes", version)


def test_nonsense_is_answered_with_the_usage(work: Work) -> None:
    for arguments in ([], ["publish"], ["tag", "1.2.3"]):
        ran = run(work, *arguments)
        assert ran.returncode == 2
        assert "release.py check VERSION" in ran.stderr


def test_what_a_release_is_made_with_is_known_by_digest() -> None:
    here = Work(ROOT)
    base = said(here, "image", "base")
    assert (
        base.partition("@")[0]
        == (ROOT / "Dockerfile").read_text("utf-8").partition("ARG BASE=")[2].split()[0]
    )
    assert said(here, "image", "buildkit").startswith("moby/buildkit:v")
    assert said(here, "image", "sbom").startswith("docker/buildkit-syft-scanner:")
    assert "no stage 'cache'" in refusal(here, "image", "cache")


GH = """#!/bin/sh
# Stands in for GitHub's command: writes down how it was called, and knows what it was told to make.
echo "$*" >>"$HOME/gh"
case "$1 $2" in
  "release view") grep -q "^release create $3 " "$HOME/gh" ;;
  "pr list") grep -q "^pr create " "$HOME/gh" && echo 7 || true ;;
esac
"""


class Steps:
    """Runs the scripts of a job's steps as the runner does, with a stand-in for `gh`."""

    def __init__(self, file: str, job: str, home: Path) -> None:
        document = yaml.safe_load((WORKFLOWS / file).read_text(encoding="utf-8"))
        (self.script,) = (step["run"] for step in document["jobs"][job]["steps"] if "run" in step)
        self.home = home
        self.environ = {**document["env"], "HOME": str(home), "RUNNER_TEMP": str(home)}
        self.environ["GITHUB_OUTPUT"] = str(home / "output")
        (home / "bin").mkdir(parents=True, exist_ok=True)
        (home / "bin" / "gh").write_text(GH)
        (home / "bin" / "gh").chmod(0o755)
        (home / "gh").touch()

    def run(self, work: Work, **environ: str) -> list[str]:
        """How `gh` was called."""
        known = len(self.calls())
        ran = self._ran(work, environ)
        assert ran.returncode == 0, ran.stderr
        return self.calls()[known:]

    def fails(self, work: Work, **environ: str) -> str:
        """What it says where it ends badly."""
        ran = self._ran(work, environ)
        assert ran.returncode != 0
        return ran.stderr

    def _ran(self, work: Work, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.home / "bin"), os.environ["PATH"]])
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", self.script],
            cwd=work.path,
            env=git_environment() | self.environ | environ | {"PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self) -> list[str]:
        return (self.home / "gh").read_text().splitlines()


def sums(folder: Path) -> str:
    """What the job that builds the package gives as its output."""
    lines = "".join(
        f"{sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.iterdir())
    )
    return f"{sha256(lines.encode()).hexdigest()}  -"


def test_the_workflow_s_last_jobs_tag_publish_and_move_the_major_tag_however_often(
    work: Work, server: Server, tmp_path: Path
) -> None:
    work.commit(
        {
            ".github/scripts/release.py": SCRIPT.read_text("utf-8"),
            ".github/images/Dockerfile": (ROOT / ".github" / "images" / "Dockerfile").read_text("utf-8"),
        }
    )
    work.push("main")
    home = tmp_path / "home"
    for folder, name in (("package", "a.whl"), ("sbom", "a.spdx.json")):
        (home / folder).mkdir(parents=True)
        (home / folder / name).write_text("{}")
    tag, last = Steps("release.yml", "tag", home), Steps("release.yml", "major", home)
    given = {"VERSION": "1.2.3", "DIGEST": IMAGE.partition("@")[2], "GITHUB_REPOSITORY": "owner/repo"}
    upload = f"release upload v1.2.3 --clobber {home}/package/a.whl {home}/sbom/a.spdx.json"
    assert "not the package" in tag.fails(work, **given, SUMS="another")
    assert tags(server) == {}
    given["SUMS"] = sums(home / "package")
    assert "not the list" in tag.fails(work, **given, SBOM_SUMS="another")
    assert tags(server) == {}
    given["SBOM_SUMS"] = sums(home / "sbom")
    first = tag.run(work, **given)
    assert [call.partition(" --draft")[0] for call in first] == [
        "auth setup-git",
        "release view v1.2.3",
        "release create v1.2.3",
        upload,
    ]
    assert tag.run(work, **given) == ["auth setup-git", "release view v1.2.3", upload]
    released = tags(server)["v1.2.3"]
    assert (home / "notes.md").read_text("utf-8").splitlines()[:6] == [
        "### Added",
        "",
        "- A **thing**, see [docs](docs/a.md).",
        "",
        f"Commit: owner/repo@{released} # v1.2.3",
        f"Image: {IMAGE}",
    ]
    assert f"docker://{IMAGE}" in git(server.path, "show", f"{released}:action.yml")
    for _ in range(2):
        assert last.run(work, **given, COMMIT=released) == [
            "auth setup-git",
            "release edit v1.2.3 --draft=false",
        ]
    assert tags(server) == {"v1": released, "v1.2.3": released}


def test_new_locks_become_one_pull_request_that_is_tested(work: Work, server: Server, tmp_path: Path) -> None:
    names = ("requirements.txt", "requirements-build.txt", "requirements-lock.txt")
    work.commit(dict.fromkeys(names, "old\n"))
    work.push("main")
    main = work.head()
    propose = Steps("refresh.yml", "propose", tmp_path / "home")
    for week in ("first", "second"):
        checkout = checkout_like_actions(tmp_path / week, server.url, main)
        checkout.write({f"locks/{name}": f"{week}\n" for name in names} | {"locks/evil": "x", "evil": "x"})
        calls = propose.run(checkout)
        branch = propose.environ["BRANCH"]
        assert calls[0] == "auth setup-git"
        assert calls[-1] == f"workflow run ci.yml --ref {branch}"
        assert [call for call in calls if call.startswith("pr create")] == [
            f"pr create --head {branch} --title Python packages of the week --body-file .github/refresh.md"
        ] * (week == "first")
        assert git(server.path, "diff", "--name-only", main, branch).split() == sorted(names)
        assert git(server.path, "show", f"{branch}:requirements.txt") == week
        assert git(server.path, "rev-parse", f"{branch}^") == main
    assert (ROOT / ".github" / "refresh.md").exists()
