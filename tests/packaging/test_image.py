"""The image: what GitHub demands of it, and what it may be made of."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import get_args

import yaml

from pipelayer.aws.client import Service

ROOT = Path(__file__).parents[2]


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions: comments left out, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [(line.split(maxsplit=1)[0].upper(), line.split(maxsplit=1)[1]) for line in joined.splitlines()]


def last_stage() -> list[tuple[str, str]]:
    """What the image itself is made of."""
    found = instructions()
    start = max(number for number, (name, _) in enumerate(found) if name == "FROM")
    return found[start:]


def test_the_entry_point_is_an_isolated_interpreter_without_a_shell() -> None:
    (entry_point,) = (value for name, value in last_stage() if name == "ENTRYPOINT")
    words = json.loads(re.sub(r"\s*\\\n\s*", " ", entry_point))
    assert words[:2] == ["/bin/busybox", "env"]
    assert words[-3:] == ["/opt/venv/bin/python", "-I", "/app/entrypoint.py"]
    assert not [name for name, _ in last_stage() if name in {"CMD", "WORKDIR"}]


def test_the_image_runs_as_root_as_github_demands() -> None:
    assert "USER" not in {name for name, _ in instructions()}


def test_every_download_is_checked_against_its_hash() -> None:
    installs = re.findall(
        r"bin/pip\b[^&]* install\b[^&]*",
        " && ".join(value for name, value in instructions() if name == "RUN"),
    )
    assert len(installs) == 3
    for install in installs:
        assert "--no-index" in install or ("--require-hashes" in install and "--only-binary :all:" in install)


def test_what_is_taken_out_is_locked_and_nothing_that_the_action_imports() -> None:
    (line,) = (value for name, value in instructions() if name == "RUN" and " uninstall " in value)
    taken = set(re.split(r"\s+", line.partition("--yes")[2].partition("&&")[0].strip()))
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.M))
    assert taken <= locked
    names = {"markdown-it-py": "markdown_it"}
    code = (
        "import sys, boto3, github, pipelayer.github.action, pipelayer.github.api, pipelayer.render.sarif\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    # What PyJWT imports where it is there, and does without where it isn't.
    optional = {"cryptography"}
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert {names.get(name, name) for name in taken - optional}.isdisjoint(said.split())


def test_the_models_of_the_services_that_are_called_stay() -> None:
    (line,) = (value for name, value in instructions() if name == "RUN" and "botocore/data" in value)
    kept = set(re.findall(r"! -name ([\w-]+)", line))
    assert set(get_args(Service)) <= kept
    assert kept - set(get_args(Service)) == {"sso", "sso-oidc"}


def test_everything_copied_is_let_through_by_dockerignore() -> None:
    text = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    allowed = [line[1:] for line in text.splitlines() if line.startswith("!")]
    copied = [
        value.split()[:-1] for name, value in instructions() if name == "COPY" and "--from" not in value
    ]
    sources = {source for each in copied for source in each}
    assert sources == set(allowed)
    assert all((ROOT / source).exists() for source in sources)
    assert not any(fnmatch(".git", pattern) for pattern in allowed)


def test_the_action_is_built_from_this_dockerfile_and_takes_no_arguments() -> None:
    runs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["runs"]
    assert runs == {"using": "docker", "image": "Dockerfile"}
