from __future__ import annotations

import json
import tracemalloc
import zlib
from base64 import b85encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.github.announced import (
    TOO_BIG,
    UNKNOWN,
    Announcement,
    Heard,
    Promise,
    announcement,
    decoded,
    encoded,
    surprises,
)
from pipelayer.github.marker import Kind as CommentKind
from pipelayer.github.marker import Marker, read_marker
from pipelayer.model import (
    Action,
    Against,
    FieldChange,
    FileChange,
    Key,
    Kind,
    PipelinePlan,
    Preview,
    Reason,
    Report,
    Result,
    Selected,
    Selection,
    Step,
    Verb,
)

ORDERS = "nightly/orders"
STEPS = (Step(Action.PUT, "save its definition"),)
DIGESTS = st.text("0123456789abcdef", max_size=6)
PROMISES = st.builds(Promise, st.sampled_from(Kind), DIGESTS, DIGESTS)
PLACES = st.dictionaries(st.text(), PROMISES, max_size=20)


def packed(text: bytes) -> str:
    return b85encode(zlib.compress(text, 9)).decode()


def deploy(kind: Kind, reason: str = "why", *reasons: Reason, steps: tuple[Step, ...] = STEPS) -> Report:
    key = Key("acme/shop", "nightly", "orders")
    selection = Selection((Selected(key, "Orders", "orders", reasons or (Reason.VALUES,)),))
    plan = (PipelinePlan(key, "Orders", kind, reason, steps),)
    return Report(Verb.DEPLOY, Result.SUCCESS, selection=selection, plan=plan)


def said(report: Report, *announced: Announcement, all_known: bool = True) -> tuple[str, ...]:
    return surprises(report, Heard(announced, all_known))


@pytest.mark.parametrize(
    ("announced", "now", "sentence"),
    [
        (
            [Kind.EDIT],
            Kind.REPLACE,
            "was announced as `edit in place` and came to `replace`.",
        ),
        ([Kind.EDIT], Kind.UNCHANGED, ""),
        (
            [Kind.UNCHANGED],
            Kind.EDIT,
            "was announced as `unchanged` and came to `edit in place`.",
        ),
        (
            [Kind.EDIT],
            Kind.HELD,
            "was announced as `edit in place` and came to `held`.",
        ),
        (
            [Kind.EDIT, Kind.UPLOAD],
            Kind.REPLACE,
            "was announced as `edit in place` or `upload` and came to `replace`.",
        ),
        ([Kind.EDIT, Kind.UNKNOWN], Kind.EDIT, ""),
        ([Kind.EDIT], Kind.EDIT, ""),
        ([Kind.UPLOAD, Kind.EDIT], Kind.EDIT, ""),
        ([Kind.UNCHANGED], Kind.RETAG, ""),
        ([Kind.RETAG], Kind.UNCHANGED, ""),
        ([Kind.UNKNOWN], Kind.REPLACE, ""),
        ([Kind.INVALID], Kind.REPLACE, ""),
        ([Kind.EDIT], Kind.UNKNOWN, ""),
        ([Kind.EDIT], Kind.INVALID, ""),
        ([Kind.SAVE], Kind.EDIT, ""),
        ([Kind.UNCHANGED], Kind.RUN, ""),
        (
            [Kind.REMOVED],
            Kind.PRUNE,
            "was announced as `removed` and came to `delete`.",
        ),
        ([], Kind.EDIT, "wasn't announced: it came to `edit in place`."),
        ([], Kind.UNCHANGED, ""),
        ([], Kind.RETAG, ""),
    ],
)
def test_what_the_merge_did_otherwise(announced: list[Kind], now: Kind, sentence: str) -> None:
    found = said(deploy(now), *[{ORDERS: Promise(kind)} for kind in announced])
    assert found == ((f"`{ORDERS}` {sentence}",) if sentence else ())


def changing(kind: Kind, *changes: FieldChange, against: Against = Against.LIVE) -> Report:
    report = deploy(kind)
    preview = Preview(against, changes)
    return replace(report, plan=tuple(replace(plan, preview=preview) for plan in report.plan))


SHORTER = FieldChange("Job.timeout", "2 hours", "1 hour")
BIGGER = FieldChange("Machine.instanceType", "t3.small", "t3.large")


def test_the_same_kind_with_other_changes_is_something_else() -> None:
    promised = announcement(changing(Kind.EDIT, SHORTER))
    assert said(changing(Kind.EDIT, SHORTER), promised) == ()
    assert said(changing(Kind.EDIT, SHORTER, BIGGER), promised) == (
        f"`{ORDERS}` was announced with other changes than were to be made now.",
    )


def test_what_only_a_deploy_can_know_was_no_part_of_the_announcement() -> None:
    promised = announcement(changing(Kind.EDIT, SHORTER))
    assert said(changing(Kind.EDIT, SHORTER, FieldChange("a secret changed", "", "")), promised) == ()


def test_what_was_compared_with_the_base_promises_no_changes() -> None:
    promised = announcement(changing(Kind.EDIT, SHORTER, against=Against.BASE))
    assert said(changing(Kind.EDIT, BIGGER), promised) == ()


def test_what_two_pull_requests_changed_together_was_announced_by_both() -> None:
    both = changing(Kind.EDIT, SHORTER, BIGGER)
    one, other = (announcement(changing(Kind.EDIT, change)) for change in (SHORTER, BIGGER))
    assert said(both, one, other) == ()
    assert said(both, one) != ()


def test_another_text_in_the_same_place_is_what_was_announced() -> None:
    """The files decide about what comes; what was before may have been anything, or be hidden."""
    promised = announcement(changing(Kind.EDIT, SHORTER))
    assert said(changing(Kind.EDIT, replace(SHORTER, before="***")), promised) == ()


def sending(*files: FileChange, compared: bool = True) -> Report:
    report = deploy(Kind.UPLOAD)
    preview = Preview(Against.LIVE, files=files, files_compared=compared)
    return replace(report, plan=tuple(replace(plan, preview=preview) for plan in report.plan))


MINE = FileChange("tasks/mine.sh", 1, 2)
THEIRS = FileChange("tasks/theirs.sh", 7, None)


def test_files_that_nobody_announced_are_something_else() -> None:
    assert said(sending(MINE), announcement(sending(MINE))) == ()
    assert len(said(sending(MINE, THEIRS), announcement(sending(MINE)))) == 1
    assert said(sending(MINE, THEIRS), announcement(sending(MINE, compared=False))) == ()


def test_a_secret_alone_was_unknown_to_the_pull_request() -> None:
    assert (
        said(changing(Kind.EDIT, FieldChange("a secret changed", "", "")), {ORDERS: Promise(Kind.UNCHANGED)})
        == ()
    )
    assert said(changing(Kind.EDIT, SHORTER), {ORDERS: Promise(Kind.UNCHANGED)}) != ()


def test_one_that_nothing_is_done_to_needed_no_announcement() -> None:
    assert said(deploy(Kind.HELD, steps=()), {}) == ()


def test_the_same_directory_of_another_group_was_not_announced() -> None:
    assert said(deploy(Kind.EDIT), {"weekly/orders": Promise(Kind.EDIT)}) != ()


def test_where_an_announcement_is_missing_only_what_no_diff_explains_surprises() -> None:
    assert said(deploy(Kind.EDIT, "", Reason.VALUES), all_known=False) == ()
    assert said(deploy(Kind.EDIT, "", Reason.VALUES, Reason.CATCH_UP), all_known=False) == ()
    caught_up = deploy(Kind.EDIT, "", Reason.CATCH_UP)
    assert said(caught_up, all_known=False) == (f"`{ORDERS}` wasn't announced: an earlier deploy left it.",)


def test_an_announcement_names_all_that_was_looked_at() -> None:
    other = Selected(Key("acme/shop", "nightly", "clicks"), "Clicks", "clicks", (Reason.FILES,))
    report = deploy(Kind.EDIT)
    both = Report(
        Verb.VALIDATE, Result.SUCCESS, selection=Selection((*report.selection.items, other)), plan=report.plan
    )
    assert announcement(both) == {
        ORDERS: Promise(Kind.EDIT, UNKNOWN, UNKNOWN),
        "nightly/clicks": Promise(Kind.UNKNOWN),
    }


@given(PLACES)
def test_an_announcement_survives_in_the_marker(announced: Announcement) -> None:
    text = encoded(announced)
    marker = Marker(CommentKind.VALIDATE, "", "pipelayer.yml", "", "a" * 40, 1, 1, "d" * 32, False, text)
    back = read_marker(f"{marker}\nbody")
    assert back is not None
    assert len(str(marker)) < 4000
    assert decoded(back.said) == (announced if text != TOO_BIG else None)


def test_a_hundred_pipelines_have_room() -> None:
    many = {
        f"prod/pipelines/{['orders', 'clicks', 'rates'][n % 3]}_{n}": Promise(Kind.EDIT) for n in range(300)
    }
    assert decoded(encoded(many)) == many


def test_what_does_not_fit_is_left_out_whole() -> None:
    many = {f"prod/{zlib.crc32(str(n).encode()):x}{n * 7919:x}": Promise(Kind.EDIT) for n in range(3000)}
    assert encoded(many) == TOO_BIG
    assert encoded({"x" * 1_000_000: Promise(Kind.EDIT)}) == TOO_BIG
    assert decoded(TOO_BIG) is None
    assert surprises(deploy(Kind.EDIT), Heard([], False, too_big=True)) == (
        "Too many pipelines were announced to compare what was done with that.",
    )


CUT = b85encode(zlib.compress(b'{"a":"edit in place"}')[:-4]).decode()
TOO_LONG = json.dumps({f"prod/{zlib.crc32(str(n).encode()):x}": Kind.EDIT for n in range(1000)})


@pytest.mark.parametrize(
    "text",
    [
        CUT,
        packed(TOO_LONG.encode()),
        "",
        "0",
        "not an announcement",
        '"',
        "é",
        "\udcff",
        "~" * 500,
        "0" * 100_000,
        packed(b""),
        packed(b"null"),
        packed(b"[1]"),
        packed(b'{"a":1}'),
        packed(b'{"a":["edit in place"]}'),
        packed(b'{"a":"edit"}'),
        packed(b'{"a":"celebrate"}'),
        packed(b'{"a":"\xff"}'),
        packed(b"[" * 100_000),
        packed(json.dumps({"a" * 150_000: Kind.EDIT}).encode())[:-8],
    ],
)
def test_anything_else_announces_nothing(text: str) -> None:
    assert decoded(text) is None


@given(st.one_of(st.text(), st.binary().map(lambda data: b85encode(data).decode()), st.binary().map(packed)))
def test_no_text_does_any_harm(text: str) -> None:
    found = decoded(text)
    assert found is None or all(isinstance(one.kind, Kind) for one in found.values())


def test_a_bomb_does_not_go_off() -> None:
    text = b85encode(zlib.compress(b" " * 1_000_000, 9)).decode()
    assert len(text) < 2_400
    tracemalloc.start()
    try:
        assert decoded(text) is None
        assert tracemalloc.get_traced_memory()[1] < 900_000
    finally:
        tracemalloc.stop()
