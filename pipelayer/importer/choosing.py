"""Which pipelines of an account are meant, and which of them can be imported. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pipelayer.definition.suggest import did_you_mean
from pipelayer.deploy import tags
from pipelayer.deploy.snapshot import Snapshot
from pipelayer.errors import UsageError
from pipelayer.importer.texts import own_tags
from pipelayer.model import LivePipeline, PipelineState
from pipelayer.project.reading import shown
from pipelayer.project.tags import MAX_TAGS


@dataclass(frozen=True)
class Candidate:
    """A pipeline of the account. `why_not` says why it can't be imported, "" where it can."""

    live: LivePipeline
    why_not: str = ""


def candidates(snapshot: Snapshot, owned: Collection[str]) -> tuple[Candidate, ...]:
    """Every pipeline of the account, by name. `owned` are the key tags of the project's own pipelines."""
    found = (Candidate(one, _why_not(one, owned)) for one in snapshot.existing)
    return tuple(sorted(found, key=lambda one: (one.live.name.casefold(), one.live.id)))


def _why_not(live: LivePipeline, owned: Collection[str]) -> str:
    key = live.tags.get(tags.KEY, "")
    if tags.STUB in live.tags:
        return "validations are asked on it; it never runs"
    if tags.RETIRED in live.tags:
        return "another one took its place"
    if key in owned:
        return ""  # it is there already
    if key:
        return f"it was deployed as {shown(key)}, which would lose it; `pipelayer adopt {live.id}` is the way"
    if live.state is PipelineState.PENDING:
        return "it was never activated, and a deploy would do that"
    own = len(own_tags(live))
    if own > MAX_TAGS:
        return f"it has {own} tags, and Pipelayer needs three of AWS's ten: remove some in AWS"
    return ""


def choose(
    every: Sequence[Candidate], names: Sequence[str] = (), wanted_tags: Sequence[str] = ()
) -> tuple[Candidate, ...]:
    """Those with one of the names (an id, a name in AWS, or a glob of one) and with every tag (`KEY` or
    `KEY=VALUE`); all without any.

    Raises UsageError for a name that means none, and where none is left.
    """
    chosen = list(every) if not names else []
    for name in names:
        found = [one for one in every if name in (one.live.id, one.live.name)]
        found = found or [one for one in every if fnmatch.fnmatchcase(one.live.name, name)]
        if not found:
            known = [word for one in every for word in (one.live.name, one.live.id)]
            hint = did_you_mean(name, known, "`pipelayer import --list` shows what there is.")
            raise UsageError(f"No pipeline of this account and region is called {shown(name)}.", hint)
        chosen += [one for one in found if one not in chosen]
    left = tuple(one for one in chosen if all(_has_tag(one.live, tag) for tag in wanted_tags))
    if not left:
        what = (
            f"with {' and '.join(map(shown, wanted_tags))}" if wanted_tags else "in this account and region"
        )
        raise UsageError(f"There is no pipeline {what}.", "`pipelayer import --list` shows what there is.")
    return left


def _has_tag(live: LivePipeline, wanted: str) -> bool:
    key, equals, value = wanted.partition("=")
    return key in live.tags and (not equals or live.tags[key] == value)
