"""How one pipeline's files and AWS stand to each other, and the command that mends what is not as it should
be.

What was deployed is known by its digest: the files' own, or that of the tree at the recorded commit. Only
then can it be told that somebody changed the live definition by hand.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipelayer.console.offered import Commands
from pipelayer.console.seen import Seen
from pipelayer.definition.compare import Change, changes
from pipelayer.definition.flat import Definition
from pipelayer.definition.schedule import is_on_demand
from pipelayer.deploy import tags
from pipelayer.deploy.ports import DataPipeline
from pipelayer.model import LivePipeline, PipelineState
from pipelayer.model.status import Difference, Drift, Drifted
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.reading import shown

_AT_REST = {PipelineState.INACTIVE, PipelineState.DEACTIVATING}
_RUNNING = {PipelineState.SCHEDULED, PipelineState.ACTIVATING}
_EXTRA = {
    PipelineState.PENDING: "it was never activated",
    PipelineState.INACTIVE: "it is paused",
    PipelineState.DEACTIVATING: "it is being paused",
    PipelineState.FINISHED: "it has finished",
}
_ORDER = list(Drift)


@dataclass(frozen=True)
class Versions:
    """The live definition as it was last saved, and as it was last activated; None where AWS has none."""

    latest: Definition | None
    active: Definition | None


def ask_versions(
    aws: DataPipeline, live: LivePipeline, deployed: Sequence[Definition], now: datetime
) -> Versions:
    """Both versions, with one call where the latest is one that was `deployed`: then it is the active one,
    or the record would say that an activation is missing. Without any there is nothing to compare with, and
    the latest has to do. Raises AwsError.
    """
    latest = aws.get(live.id, active=False)
    if not deployed:
        return Versions(latest, latest)
    if live.state is PipelineState.PENDING or tags.state_of(live.tags).saved:
        return Versions(latest, latest)  # on demand, the latest one is what the next activation runs
    if latest and any(not changes(latest, one, now) for one in deployed):
        return Versions(latest, latest)
    return Versions(latest, aws.get(live.id, active=True))


@dataclass(frozen=True)
class Drifting:
    """One pipeline, looked at. `versions` is None where AWS wasn't asked for them; `deployed` is the
    definition that its record stands for, None where nobody knows it; `paused` are components that are,
    `at_work` objects that run. `broken`: some file of the project can't be read.
    """

    seen: Seen
    now: datetime
    command: Commands
    versions: Versions | None = None
    deployed: Definition | None = None
    paused: tuple[str, ...] = ()
    at_work: tuple[str, ...] = ()
    broken: bool = False

    def all(self) -> tuple[Drifted, ...]:
        """Every way in which it isn't in step, what weighs most first."""
        return tuple(sorted(self._found(), key=lambda one: _ORDER.index(one.kind)))

    def _found(self) -> Iterator[Drifted]:
        seen, live = self.seen, self.seen.live
        yield from self._doubled()
        if seen.election.leaving and not live:
            yield self._leaving(seen.election.leaving[0])
            return
        if seen.place is None:
            yield self._extra()
            return
        if seen.pipeline is None:
            yield self._broken()
        elif live is None:
            cut = " A deploy of it was cut short." if seen.election.leftovers else ""
            sentence = f"The files have it and AWS doesn't, so it doesn't run.{cut}"
            yield Drifted(Drift.MISSING, sentence, self.command("deploy", seen.key))
        elif seen.election.live is None:
            sentence = f"The next deploy takes over {live.id}."
            yield Drifted(Drift.NOT_DEPLOYED, sentence, self._deploy())
        else:
            yield from self._compared(seen.pipeline, live)
        if live:
            yield from self._at_rest(live)

    def _deploy(self) -> str:
        at_rest = self.seen.live and self.seen.live.state in {*_AT_REST, PipelineState.FINISHED}
        return self.command("deploy", self.seen.key, *(["--no-respect-paused"] if at_rest else []))

    def _released(self) -> str:
        """What deploying a new definition does to one that is at rest, beside that."""
        live = self.seen.live
        if live is None or self._on_demand:
            return ""
        if live.state in _AT_REST:
            return " It is paused: a deploy leaves it alone, and this one also sets it going again."
        if live.state is PipelineState.FINISHED:
            return " It has finished: this deploy puts a new one in its place."
        return ""

    def _doubled(self) -> Iterator[Drifted]:
        retired = self.seen.election.retired
        others = [one.id for one in retired if tags.RETIRED not in one.tags and one.state in _RUNNING]
        if others:
            sentence = f"Under the same key runs also {', '.join(others)}: its work is done twice."
            yield Drifted(Drift.DOUBLED, sentence, self.command("deploy", self.seen.key))

    def _leaving(self, old: LivePipeline) -> Drifted:
        work = f"still runs {_some(self.at_work)}" if self.at_work else "runs nothing at the moment"
        if old.state in _RUNNING:
            work = "is not even stopped yet, so its schedule goes on"
        sentence = f"{old.id} is being deleted: that was begun and not ended, and it {work}."
        return Drifted(Drift.LEAVING, sentence, self.command("delete", self.seen.key))

    def _extra(self) -> Drifted:
        live = self.seen.live
        how = _EXTRA.get(live.state, "it goes on running") if live else ""
        sentence = f"AWS has it and the files don't any more; {how}."
        if self.broken:
            sentence += " Files have errors, and until they are mended no deploy deletes it."
            return Drifted(Drift.EXTRA, sentence, self.command.whole_group("validate", self.seen.key))
        return Drifted(Drift.EXTRA, sentence, self.command("deploy", self.seen.key, "--prune"))

    def _broken(self) -> Drifted:
        broken = self.seen.broken
        if broken is None:
            return Drifted(Drift.BROKEN, "Its files can't be read.")
        at = f"{shown(f'{broken.at.path}:{broken.at.line}')}: " if broken.at else ""
        return Drifted(Drift.BROKEN, f"{at}{broken.message}", self.command("validate", self.seen.key))

    def _compared(self, pipeline: Pipeline, live: LivePipeline) -> Iterator[Drifted]:
        never = live.state is PipelineState.PENDING and not pipeline.on_demand
        if never:
            sentence = "It was never activated, so it doesn't run."
            yield Drifted(Drift.NEVER_ACTIVATED, sentence, self._deploy())
        recorded = tags.state_of(live.tags)
        same = tags.same(recorded.definition, pipeline.definition_digest)
        if self.versions is None:
            yield Drifted(Drift.UNKNOWN, "Whether files and AWS agree can't be told without its definition.")
            if not same:
                sentence = "The files want another definition than the one that was deployed."
                yield Drifted(Drift.NOT_DEPLOYED, sentence, self._deploy())
        elif self.versions.active is None:
            if not never:
                yield Drifted(Drift.UNKNOWN, "AWS holds no definition for it.", self._deploy())
        else:
            yield from self._defined(pipeline, self.versions.latest, self.versions.active, same)
        yield from self._labelled(pipeline, live)
        uploads = pipeline.files or recorded.files not in (tags.NEVER, tags.UNKNOWN)
        if uploads and not tags.same(recorded.files, pipeline.files_digest):
            sentence = (
                "Nothing says that its files were uploaded to the end."
                if recorded.files in (tags.NEVER, tags.UNKNOWN)
                else "Files changed since they were last uploaded."
            )
            yield Drifted(Drift.NOT_UPLOADED, sentence, self._deploy())

    def _defined(
        self, pipeline: Pipeline, latest: Definition | None, active: Definition, same: bool
    ) -> Iterator[Drifted]:
        wanted = () if same else changes(active, pipeline.definition, self.now)
        if not same and not wanted:
            return  # only the record is old: AWS means what the files mean
        if self.deployed is not None:
            by_hand = changes(active, self.deployed, self.now)
            aside = changes(latest, self.deployed, self.now) if latest and not by_hand else ()
            if by_hand:
                yield Drifted(Drift.CHANGED_BY_HAND, _by_hand(by_hand), self._undo(), _told(by_hand))
            elif aside:
                sentence = (
                    f"Somebody saved another definition by hand ({_places(aside)}). It isn't activated: "
                    "whoever activates the pipeline makes it run. The next edit by a deploy overwrites it."
                )
                yield Drifted(Drift.SAVED_ASIDE, sentence, "", _told(aside))
        if wanted:
            sentence = f"The files want another definition than the one that is live ({_places(wanted)})."
            if self.deployed is None:
                sentence += (
                    " Whether somebody changed it by hand can't be told: git doesn't have what was deployed."
                )
            yield Drifted(Drift.NOT_DEPLOYED, sentence + self._released(), self._deploy(), _told(wanted))

    def _undo(self) -> str:
        """A deploy believes its record, so the record goes first."""
        return f"{self._aws('remove-tags')} --tag-keys {tags.STATE} && {self._deploy()}"

    def _aws(self, operation: str) -> str:
        """What only AWS's own command does."""
        live, region = self.seen.live, shlex.quote(self.seen.where.region)
        assert live is not None, "only what is live can be told anything"
        return f"aws datapipeline {operation} --region {region} --pipeline-id {shlex.quote(live.id)}"

    def _labelled(self, pipeline: Pipeline, live: LivePipeline) -> Iterator[Drifted]:
        if pipeline.named and live.name != pipeline.name:
            sentence = f"The files call it {shown(pipeline.name)}, which makes a new pipeline of it."
            yield Drifted(Drift.NOT_DEPLOYED, sentence, self._deploy())
        others = [key for key, value in pipeline.tags.items() if live.tags.get(key) != value]
        if others:
            sentence = f"The files set other tags: {', '.join(map(shown, others))}."
            yield Drifted(Drift.NOT_DEPLOYED, sentence, self._deploy())

    def _at_rest(self, live: LivePipeline) -> Iterator[Drifted]:
        if live.state in _AT_REST:
            yield self._paused(live)
        elif live.state is PipelineState.FINISHED:
            yield Drifted(Drift.FINISHED, "It has finished: its schedule has no run left.")
        elif self.paused:
            names = ", ".join(map(shown, self.paused))
            ids = " ".join(map(shlex.quote, self.paused))
            yield Drifted(
                Drift.PAUSED,
                f"Paused in it: {names}. The rest goes on.",
                f"{self._aws('set-status')} --status RESUME --object-ids {ids}",
            )

    def _paused(self, live: LivePipeline) -> Drifted:
        key = self.seen.key
        if live.state is PipelineState.DEACTIVATING and self.at_work:
            work = _some(self.at_work)
            sentence = f"It is being paused: its schedule has stopped, and it is still finishing {work}."
            return Drifted(Drift.PAUSED, sentence, self.command("cancel", key))
        being = "is being" if live.state is PipelineState.DEACTIVATING else "is"
        if self._on_demand:
            sentence = (
                f"It {being} paused. On demand nothing of it runs by itself; one run sets it going again."
            )
            return Drifted(Drift.PAUSED, sentence, self.command("run", key))
        return Drifted(Drift.PAUSED, f"It {being} paused, so it doesn't run.", self.command("resume", key))

    @property
    def _on_demand(self) -> bool:
        active = self.versions.active if self.versions else None
        if active:
            return is_on_demand(active)
        return self.seen.pipeline is not None and self.seen.pipeline.on_demand


def _by_hand(found: Sequence[Change]) -> str:
    return (
        f"Somebody changed it in AWS by hand: {_places(found)}. To keep that, write it into the files and "
        "deploy; a deploy alone doesn't undo it."
    )


def _places(found: Sequence[Change]) -> str:
    return _some([one.place for one in found])


def _some(names: Sequence[str]) -> str:
    """The first few of them, and how many more there are."""
    more = [f"{len(names) - 3} more"] if len(names) > 3 else []
    return ", ".join([*map(shown, names[:3]), *more])


def _told(found: Sequence[Change]) -> tuple[Difference, ...]:
    """`compare` goes from what is live to what the files want."""
    return tuple(Difference(one.place, one.after, one.before) for one in found)
