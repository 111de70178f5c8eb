"""The targets that documents and scripts name exist, and the help shows them."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGETS = [
    "setup",
    "demo",
    "test",
    "golden",
    "lint",
    "format",
    "types",
    "actionlint",
    "lock",
    "fuzz",
    "crash",
    "bench",
    "docs-check",
    "pictures",
    "ci",
    "container-test",
    "clean",
]


def make(*arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": path or "/usr/local/bin:/usr/bin:/bin"}
    return subprocess.run(
        ["make", "--directory", str(ROOT), "--no-print-directory", *arguments],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_alone_shows_the_targets() -> None:
    shown = make().stdout
    assert re.findall(r"^  make (\S+)", shown, re.M) == ["help", *TARGETS]


@pytest.mark.parametrize("target", TARGETS)
def test_each_target_can_be_planned(target: str) -> None:
    assert make("--dry-run", target).returncode == 0


def test_documents_name_targets_that_exist() -> None:
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / ".ci" / "run"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in documents)
    named = set(re.findall(r"`make ([a-z-]+)`|^\$ make ([a-z-]+)|^(?:if )?make ([a-z-]+)", text, re.M))
    assert {name for found in named for name in found if name} <= {"help", *TARGETS}


def test_a_machine_without_a_python_is_told_so(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("sh", "make"):
        (tools / tool).symlink_to(Path("/usr/bin") / tool if tool == "make" else "/bin/sh")
    told = make(f"VENV={tmp_path / 'venv'}", f"SHELL={tools / 'sh'}", "setup", path=str(tools))
    assert told.returncode != 0
    assert "needs Python 3.11 or newer" in told.stderr


def test_a_python_that_can_make_no_environment_is_told_what_to_install(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "sh").symlink_to("/bin/sh")
    (tools / "make").symlink_to("/usr/bin/make")
    poor = tools / "python3"
    poor.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; *) exit 0 ;; esac\n')
    poor.chmod(poor.stat().st_mode | stat.S_IXUSR)
    told = make(f"VENV={tmp_path / 'venv'}", f"SHELL={tools / 'sh'}", "setup", path=str(tools))
    assert told.returncode != 0
    assert "apt install python3-venv" in told.stderr


def test_the_python_that_is_named_is_taken_before_any_other(tmp_path: Path) -> None:
    named = tmp_path / "named"
    named.write_text(f'#!/bin/sh\ncase "$*" in "-m venv"*) echo "$*" >{tmp_path}/made; exit 1 ;; esac\n')
    named.chmod(named.stat().st_mode | stat.S_IXUSR)
    venv = tmp_path / "venv"
    assert make(f"VENV={venv}", f"PYTHON={named}", "setup").returncode != 0
    assert (tmp_path / "made").read_text() == f"-m venv {venv}\n"


@pytest.mark.parametrize(("given", "days"), [((), 7), (("COOL_DOWN=0",), 0)])
def test_a_package_rests_a_week_before_it_is_locked(given: tuple[str, ...], days: int) -> None:
    planned = make("--dry-run", *given, "lock").stdout
    assert planned.count(f"--exclude-newer '{days} days'") == planned.count("uv pip compile") == 3


def test_the_build_server_s_script_can_be_run() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    subprocess.run(["bash", "-n", str(script)], check=True)
