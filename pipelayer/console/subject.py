"""A live pipeline that an order is about, and what becomes of the order: said, refused, or carried out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipelayer.console.offered import Commands
from pipelayer.console.ports import Cloud
from pipelayer.definition.compare import changes
from pipelayer.definition.flat import Definition
from pipelayer.deploy import tags
from pipelayer.deploy.elect import Election
from pipelayer.deploy.facts import Facts
from pipelayer.model import GroupInfo, Key, LivePipeline, PipelinePlan
from pipelayer.model.history import ObjectRun
from pipelayer.model.order import Button, Order, OrderResult
from pipelayer.project.pipeline import Pipeline

UNDER_WAY = "a deploy of it is under way, or was cut short"


@dataclass(frozen=True)
class Wishes:
    """What was ordered beside the button.

    `cancel_running`: running work is canceled (`pause`, `delete`). `catch_up`: what was missed is run
    (`resume`). `failed`: only what failed; `since`: of all runs from then on; `of_run`: of the run scheduled
    for then (`rerun`).
    """

    cancel_running: bool = False
    catch_up: bool = False
    failed: bool = False
    since: datetime | None = None
    of_run: datetime | None = None


@dataclass(frozen=True)
class Subject:
    """One pipeline that an order is about. `live` is None where nothing of it is in AWS.

    `commands` are those of its project. `configured`: the files have it, if perhaps broken; `pipeline` is
    None where they can't be read.
    """

    key: Key
    where: GroupInfo
    cloud: Cloud
    election: Election
    name: str
    commands: Commands
    configured: bool
    pipeline: Pipeline | None = None

    @property
    def live(self) -> LivePipeline | None:
        """The one that counts, or else one that is on its way out."""
        return self.election.live or next(iter(self.election.leaving), None)

    def offer(self, verb: str, *flags: str) -> str:
        """A command about it, as a hint shows it."""
        return f"`{self.commands(verb, self.key, *flags)}`"

    @property
    def with_later_end(self) -> str:
        """What to do about one that has finished."""
        deploy = self.offer("deploy", "--no-respect-paused")
        return f"With a later end in its files, {deploy} puts a new one in its place."

    def facts(self, definition: Definition | None, other: Definition | None = None) -> Facts:
        """What deploying would know of it with these of its versions, the one that counts first."""
        return Facts(self.election, definition=definition, other=other)

    @property
    def being_written(self) -> bool:
        """Whether its record says that a write was begun and not ended."""
        state = tags.state_of(self.live.tags) if self.live else tags.State()
        return tags.UNKNOWN in (state.definition, state.files)

    def notes(self, definition: Definition, now: datetime) -> tuple[str, ...]:
        """What is worth knowing before this definition runs: whether the files, as far as they can be read,
        want another.
        """
        if self.pipeline is None or not changes(definition, self.pipeline.definition, now):
            return ()
        return (f"its definition in AWS is not that of the files: {self.offer('plan')}",)


@dataclass(frozen=True)
class Deed:
    """An order, and what carrying it out needs: `send` are the ids of the objects that AWS is told about,
    `plan` the steps of a deletion.
    """

    order: Order
    subject: Subject
    wishes: Wishes = field(default_factory=Wishes)
    definition: Definition | None = None
    send: Sequence[str] = ()
    plan: PipelinePlan | None = None


def order(
    button: Button,
    subject: Subject,
    message: str,
    *,
    result: OrderResult = OrderResult.PLANNED,
    hint: str = "",
    forever: str = "",
    objects: Sequence[ObjectRun] = (),
    notes: Sequence[str] = (),
) -> Order:
    """An order for one pipeline."""
    live = subject.live
    return Order(
        button,
        subject.key,
        subject.name,
        subject.where,
        live.id if live else "",
        live.state.value if live else "",
        result,
        message,
        hint,
        forever,
        tuple(objects),
        tuple(notes),
    )


def refused(button: Button, subject: Subject, why: str, hint: str = "") -> Deed:
    """It can't be done."""
    return Deed(order(button, subject, why, result=OrderResult.REFUSED, hint=hint), subject)


def unchanged(button: Button, subject: Subject, why: str, hint: str = "") -> Deed:
    """There is nothing to do."""
    return Deed(order(button, subject, why, result=OrderResult.UNCHANGED, hint=hint), subject)


def moment(at: datetime | None) -> str:
    """A time as people read it, with the seconds where there are any: they belong to a run's time."""
    if at and at.second:
        return f"{at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "a time that AWS doesn't tell"
