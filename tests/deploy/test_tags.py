"""The tags in which AWS remembers what is live."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.deploy import tags
from pipelayer.model import Key

# What the configuration lets a project and a group be called.
PROJECTS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}", fullmatch=True)
GROUPS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,29}", fullmatch=True)
# Any path but for NUL and doubled slashes; undecodable bytes come as surrogates.
PLAIN = st.text(alphabet="ab @+-./:_=", min_size=1, max_size=12)
BYTES = st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF)
ANY = st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]) | BYTES
WILD = st.text(alphabet=ANY, min_size=1, max_size=300)
DIRECTORIES = (PLAIN | WILD).map(lambda text: text.strip("/") or "a")
KEYS = st.builds(Key, PROJECTS, GROUPS, DIRECTORIES)

ALLOWED = re.compile(r"[A-Za-z0-9 +\-=._:/@]{1,256}")
"""Values of tags (AWS Data Pipeline API Reference, Tag; the common character set of AWS's tags)."""


@given(KEYS)
def test_any_key_fits_a_tag(key: Key) -> None:
    assert ALLOWED.fullmatch(tags.key_tag(key))


@given(KEYS, KEYS)
def test_two_keys_never_share_a_tag(one: Key, other: Key) -> None:
    assert (tags.key_tag(one) == tags.key_tag(other)) == (one == other)


@given(KEYS)
def test_a_tag_names_its_owner(key: Key) -> None:
    assert tags.owner(tags.key_tag(key)) == (key.project, key.group)


@given(KEYS)
def test_no_plain_key_looks_like_a_shortened_one(key: Key) -> None:
    imitation = Key(key.project, key.group, tags.key_tag(key).partition(":")[2].partition("/")[2])
    assert imitation == key or tags.key_tag(imitation) != tags.key_tag(key)


def test_a_usual_key_is_written_as_it_is() -> None:
    assert tags.key_tag(Key("acme/nightly", "prod", "jobs/sales")) == "acme/nightly:prod/jobs/sales"


def test_an_unusual_key_keeps_a_readable_part() -> None:
    tag = tags.key_tag(Key("acme/nightly", "prod", "Umsätze (täglich)"))
    assert tag.startswith("acme/nightly:prod/Ums-tze-t-glich@@")


@pytest.mark.parametrize("tag", ["", "x", "project/dir", "project:group", "a/b"])
def test_what_is_no_key_has_no_owner(tag: str) -> None:
    assert tags.owner(tag) == ("", "")


DIGESTS = st.sampled_from([tags.UNKNOWN, tags.NEVER]) | st.from_regex(r"[0-9a-f]{32}", fullmatch=True)
STATES = st.builds(tags.State, DIGESTS, DIGESTS, DIGESTS, DIGESTS, st.booleans())


@given(STATES)
def test_a_state_survives_its_tag(state: tags.State) -> None:
    assert tags.parse_state(str(state)) == state
    assert ALLOWED.fullmatch(str(state).replace("?", ""))


@given(st.text(max_size=40))
def test_what_cannot_be_read_equals_nothing(text: str) -> None:
    state = tags.parse_state(text)
    if text.split("/", maxsplit=1)[0] != "1":
        assert not tags.same(state.definition, state.definition)
        assert not tags.same(state.files, state.files)


@pytest.mark.parametrize("word", [tags.UNKNOWN, tags.NEVER])
def test_unknown_and_never_equal_nothing(word: str) -> None:
    assert not tags.same(word, word)


def test_no_tag_at_all_was_never_written() -> None:
    assert tags.parse_state(None) == tags.State()
    assert tags.parse_state("2/a/b/c/d").definition == tags.UNKNOWN
