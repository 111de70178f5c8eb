from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.github.marker import Kind, Marker, read_marker

MARKER = Marker(Kind.VALIDATE, "", "pipelayer.yml", "", "a" * 40, run=10, attempt=1)


@given(
    st.builds(
        Marker,
        st.sampled_from(Kind),
        st.text(),
        st.text(),
        st.text(),
        st.text(),
        st.integers(0, 2**63),
        st.integers(1, 99),
        st.text(),
        st.booleans(),
        st.text(),
    )
)
def test_a_marker_survives_and_never_ends_its_comment_early(marker: Marker) -> None:
    text = str(marker)
    assert read_marker(f"{text}\nbody") == marker
    assert text.isascii()
    assert text.index("-->") == len(text) - 3
    assert "\n" not in text


@pytest.mark.parametrize(
    "payload",
    [
        b"not json",
        b"[]",
        b"{}",
        b'{"kind":"validate"}',
        b"\xff\xfe",
        b'"x"',
        b"[" * 100_000,
        json.dumps({**vars(MARKER), "run": "10"}).encode(),
        json.dumps({**vars(MARKER), "run": True}).encode(),
        json.dumps({**vars(MARKER), "group": 3}).encode(),
        json.dumps({**vars(MARKER), "kind": "celebrate"}).encode(),
        json.dumps({**vars(MARKER), "digest": 1}).encode(),
        json.dumps({**vars(MARKER), "said": None}).encode(),
        json.dumps({**vars(MARKER), "quiet": 0}).encode(),
        json.dumps({key: value for key, value in vars(MARKER).items() if key != "run"}).encode(),
        json.dumps(list(vars(MARKER))).encode(),
    ],
)
def test_a_marker_that_we_do_not_write_is_none(payload: bytes) -> None:
    text = base64.urlsafe_b64encode(payload).decode().rstrip("=")
    assert read_marker(f"<!-- pipelayer:v1 {text} -->\n") is None


def test_another_versions_marker_is_none() -> None:
    assert read_marker(str(MARKER).replace("v1", "v2")) is None
    assert read_marker("<!-- pipelayer:v1 a -->") is None


@pytest.mark.parametrize(
    "fields",
    [
        {**vars(MARKER), "extra": 1},
        {key: value for key, value in vars(MARKER).items() if key not in ("digest", "quiet", "said")},
    ],
    ids=["a later version's field", "an earlier version's marker"],
)
def test_another_versions_marker_is_read_as_far_as_it_is_known(fields: dict[str, object]) -> None:
    text = base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")
    assert read_marker(f"<!-- pipelayer:v1 {text} -->\n") == replace(MARKER, digest="", quiet=False, said="")
