"""Whatever a pull request puts into the files, the project ends in findings and never in a traceback."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelayer.model import Finding

EXAMPLE = Path(__file__).parents[2] / "examples" / "nightly"
FILES = {
    path.relative_to(EXAMPLE).as_posix(): path.read_bytes()
    for path in sorted(EXAMPLE.rglob("*"))
    if path.suffix in {".json", ".yml"}
}
SNIPPETS = st.sampled_from(
    [b"", b"{", b"}", b"[", b"]", b":", b",", b'"', b"null", b"1e9", b"true", b"\\", b"\n", b"#{", b"#{my",
     b"#{myBucket}", b'{"ref": "x"}', b'{"env": "X"}', b"[[]]", b"\x00", b"\xff", b"s3://", b"../", b"*",
     b"&a *a"]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(st.data())
def test_damaged_examples_end_in_findings(load, data: st.DataObject) -> None:
    files = dict(FILES)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(sorted(files)))
        text = files[path]
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        files[path] = text[:start] + data.draw(SNIPPETS) + text[end:]
    loaded = load(files)
    for finding in loaded.findings:
        assert isinstance(finding, Finding)
        assert finding.message.isprintable()
        assert finding.hint


def test_the_examples_are_fine(load) -> None:
    files = {
        path.relative_to(EXAMPLE).as_posix(): path.read_bytes()
        for path in EXAMPLE.rglob("*")
        if path.is_file()
    }
    loaded = load(files)
    assert loaded.findings == (), loaded.text
    assert len(loaded.pipelines) == 6
