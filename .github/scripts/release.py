"""What a release decides and does beyond building: checks, notes, the pinned action and the tags.

    release.py check VERSION       that this commit may be released as VERSION
    release.py notes VERSION       prints what CHANGELOG.md says of it
    release.py image STAGE         prints an image of .github/images/Dockerfile, by digest
    release.py pin IMAGE           prints action.yml with that image in place of the Dockerfile
    release.py tag VERSION IMAGE   commits that action.yml on top of HEAD, tags it vVERSION, pushes the tag
    release.py major VERSION COMMIT   lets v1 point to v1.2.3, which must be what `tag` gave

Run at the top of a whole clone whose `origin` is the repository. The release's commit is on no branch: `main`
keeps its Dockerfile, so that it tests its own code, and a tag pins an image. A tag is pushed once and never
moved, but for the one of the major version. Each command may be repeated. Ends with 1 and a sentence where
something isn't as it must be. Needs nothing but Python 3.11 and git: it runs where the token can write.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

Version = tuple[int, int, int]

_NUMBER = r"(0|[1-9]\d*)"
_VERSION = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}", re.ASCII)
_IMAGE = re.compile(r"[a-z0-9.-]+(?::\d+)?(?:/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}", re.ASCII)
_ACTION_IMAGE = re.compile(r"^(  image: )(\S+)$", re.MULTILINE)
_STAGE = re.compile(r"^FROM (\S+@sha256:[0-9a-f]{64}) AS (\S+)$", re.MULTILINE)
_BOT = {"NAME": "github-actions[bot]", "EMAIL": "41898282+github-actions[bot]@users.noreply.github.com"}


class Refused(Exception):
    """Something isn't as a release needs it; says in words what."""


def parsed(version: str) -> Version:
    """`1.2.3` as numbers. Raises Refused for anything else: there are no release candidates."""
    found = _VERSION.fullmatch(version)
    if found is None:
        raise Refused(f"{version!r} is no version such as 1.2.3.")
    major, minor, patch = map(int, found.groups())
    return major, minor, patch


def project_version(pyproject: str) -> str:
    """The version that pyproject.toml's text states."""
    return str(tomllib.loads(pyproject)["project"]["version"])


def notes(changelog: str, version: str) -> str:
    """What a changelog's text says of a version. Raises Refused where it says nothing, or gives no day."""
    heading = re.search(rf"^## \[{re.escape(version)}\](.*)$", changelog, re.MULTILINE)
    if heading is None:
        raise Refused(f"CHANGELOG.md has no section ## [{version}].")
    if not re.fullmatch(r" - \d{4}-\d\d-\d\d", heading[1]):
        raise Refused(
            f"The section ## [{version}] of CHANGELOG.md needs the day: ## [{version}] - 2026-12-31."
        )
    section = re.split(r"^## ", changelog[heading.end() :], maxsplit=1, flags=re.MULTILINE)[0].strip()
    if not section:
        raise Refused(f"The section ## [{version}] of CHANGELOG.md is empty.")
    return section


def stage_image(dockerfile: str, stage: str) -> str:
    """The image of a Dockerfile's stage, by digest. Raises Refused where there is none."""
    for image, name in _STAGE.findall(dockerfile):
        if name == stage:
            return str(image)
    raise Refused(f"There is no stage {stage!r} by digest in .github/images/Dockerfile.")


def pinned(action: str, image: str) -> str:
    """An action.yml's text with that image, all else as it was; the same again where it is there already.

    `image` must name a digest. Raises Refused for another, and where action.yml has another image already.
    """
    if not _IMAGE.fullmatch(image):
        raise Refused(f"{image!r} is no image by digest.")
    places = _ACTION_IMAGE.findall(action)
    if len(places) != 1 or places[0][1] not in {"Dockerfile", f"docker://{image}"}:
        raise Refused("action.yml must have one line `  image: Dockerfile`.")
    return _ACTION_IMAGE.sub(rf"\g<1>docker://{image}", action)


def newest(tags: Iterable[str], major: int) -> Version | None:
    """The newest version of that major one among the names of tags; others are passed over."""
    found = (_VERSION.fullmatch(tag.removeprefix("v")) for tag in tags if tag.startswith("v"))
    versions = [parsed(one[0]) for one in found if one]
    return max((version for version in versions if version[0] == major), default=None)


def _git(*arguments: str, given: str | None = None) -> str:
    """What git prints. Raises Refused with git's own words where it fails."""
    who = {f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in _BOT.items()}
    ran = subprocess.run(
        ["git", *arguments],
        input=given,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | who,
        check=False,
    )
    if ran.returncode:
        raise Refused(f"git {arguments[0]}: {ran.stderr.strip()}")
    return ran.stdout


def _fetched_tags() -> list[str]:
    """The names of origin's tags; they are fetched, and a tag that never got there is forgotten."""
    _git("fetch", "--quiet", "--force", "--prune", "origin", "+refs/tags/*:refs/tags/*")
    return _git("tag", "--list").split()


def _text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def check(version: str) -> str:
    """Before anything is built: version, changelog, branch and tags fit. Gives a word for the log."""
    number = parsed(version)
    stated = project_version(_text("pyproject.toml"))
    if stated != version:
        raise Refused(f"pyproject.toml says {stated}, not {version}.")
    notes(_text("CHANGELOG.md"), version)
    tags = _fetched_tags()
    if f"v{version}" in tags:
        raise Refused(f"v{version} exists. To finish its release, let its run do the failed jobs again.")
    latest = newest(tags, number[0])
    if latest is not None and latest > number:
        raise Refused(f"v{'.'.join(map(str, latest))} is newer: v{number[0]} would go back.")
    if _git("rev-list", "--max-count=1", "HEAD", "--not", "refs/remotes/origin/main"):
        raise Refused("HEAD isn't on main.")
    return f"{version} may be released from {_git('rev-parse', 'HEAD').strip()}."


def tag(version: str, image: str) -> str:
    """Makes and pushes the release's commit and tag, or finds that they are there. Gives the commit's id.

    The commit leaves `.github` out: GitHub lets a workflow's token push no workflow that differs from those
    of the branches, and main's may have changed since this run began.
    """
    parsed(version)
    name = f"v{version}"
    head, tree = _git("rev-parse", "HEAD").strip(), _released_tree(image)
    if name not in _fetched_tags():
        made = _git("commit-tree", tree, "-p", head, given=f"Pipelayer {version}, with its image\n").strip()
        _git("tag", "--annotate", "--message", f"Pipelayer {version}", name, made)
        _git("push", "--quiet", "origin", f"refs/tags/{name}")
    released = _git("rev-parse", f"{name}^{{commit}}").strip()
    if _git("rev-parse", f"{released}^@", f"{released}^{{tree}}").split() != [head, tree]:
        raise Refused(f"{name} exists, and is the release of another commit, image or content.")
    return released


def _released_tree(image: str) -> str:
    """The id of HEAD's tree, with that image in action.yml, and without `.github`."""
    action = pinned(_git("show", "HEAD:action.yml"), image)
    blob = _git("hash-object", "-w", "--stdin", given=action).strip()
    entries = re.sub(r"[0-9a-f]+\taction\.yml$", f"{blob}\taction.yml", _git("ls-tree", "HEAD"), flags=re.M)
    return _git("mktree", given=re.sub(r"^.*\t\.github\n", "", entries, flags=re.M)).strip()


def major(version: str, commit: str) -> str:
    """Moves the major version's tag to a released version, unless a newer one is out. Gives a word.

    `commit` is what `tag` gave: the version's tag must still lead there.
    """
    number = parsed(version)
    tags = _fetched_tags()
    if f"v{version}" not in tags:
        raise Refused(f"There is no v{version}.")
    if _git("rev-parse", f"v{version}^{{commit}}").strip() != commit:
        raise Refused(f"v{version} was moved: it is not {commit}.")
    if newest(tags, number[0]) != number:
        return f"v{number[0]} stays: there is a newer version than {version}."
    _git("push", "--quiet", "--force", "origin", f"{commit}:refs/tags/v{number[0]}")
    return f"v{number[0]} is {version}, {commit}."


def main(arguments: list[str]) -> int:
    """Prints what the command gives; 1 and a sentence where it refuses, 2 where it is used wrongly."""
    try:
        match arguments:
            case ["check", version]:
                answer = check(version)
            case ["notes", version]:
                answer = notes(_text("CHANGELOG.md"), version)
            case ["image", stage]:
                answer = stage_image(_text(".github/images/Dockerfile"), stage)
            case ["pin", image]:
                answer = pinned(_text("action.yml"), image)
            case ["tag", version, image]:
                answer = tag(version, image)
            case ["major", version, commit]:
                answer = major(version, commit)
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except Refused as problem:
        print(f"Not released. {problem}", file=sys.stderr)
        return 1
    print(answer.rstrip("\n"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
