"""What an installed wheel brings: the package with its data, and the demo's example project."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from email.parser import BytesHeaderParser
from pathlib import Path

import pytest

from pipelayer.version import DISTRIBUTION, version

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "nightly"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def tracked(folder: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", "-z", folder], cwd=ROOT, check=True, capture_output=True)
    return {path for path in listed.stdout.decode().split("\0") if path}


def test_it_holds_the_package_and_its_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {path for path in tracked("pipelayer") if "/data/" in path or path.endswith("py.typed")} <= names
    assert not [name for name in names if name.startswith(("tests/", "bench/", "examples/"))]


def test_it_holds_the_example_project_with_its_modes(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {info.filename: info for info in archive.infolist()}
        for path in tracked("examples/nightly"):
            info = packed[path.replace("examples/nightly", "pipelayer/demo/nightly", 1)]
            assert archive.read(info) == (ROOT / path).read_bytes()
            assert bool(info.external_attr >> 16 & 0o100) == bool((ROOT / path).stat().st_mode & 0o100)


def test_the_demo_finds_it_there(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = "from pipelayer.demo.places import example_project; print(example_project())"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert found.stdout.strip() == str(tmp_path / "pipelayer" / "demo" / "nightly")


def test_its_name_is_the_one_under_which_it_is_looked_up(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        metadata = BytesHeaderParser().parsebytes(archive.read(name))
    assert (metadata["Name"], metadata["Version"]) == (DISTRIBUTION, version())


def test_documents_install_nothing_else_under_a_name() -> None:
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *(ROOT / "pipelayer").rglob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in documents)
    named = set(re.findall(r"pip install '?([\w{}.-]+)", text))
    assert named == {".", DISTRIBUTION, "{DISTRIBUTION}"}
