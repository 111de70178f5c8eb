"""A button pressed: which pipelines are meant, what would be done, whether that is wanted, and the doing.

The same guards as for deploying: the project's own pipelines alone, in the account and the region of their
group, and a group has to be chosen where there are several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from pipelayer.console.activating import order_resume, order_run
from pipelayer.console.again import order_cancel, order_rerun
from pipelayer.console.carrying import Carrying
from pipelayer.console.offered import Commands
from pipelayer.console.ports import Cloud
from pipelayer.console.seen import Seen
from pipelayer.console.stopping import order_delete, order_pause
from pipelayer.console.subject import Deed, Subject, Wishes, refused
from pipelayer.deploy import tags
from pipelayer.deploy.elect import Election
from pipelayer.deploy.hands import Hands
from pipelayer.deploy.known import KnownSecrets
from pipelayer.deploy.ledger import Ledger
from pipelayer.deploy.snapshot import Snapshot
from pipelayer.errors import Interrupted, PipelayerError, UsageError
from pipelayer.model import LivePipeline
from pipelayer.model.order import Button, Order, OrderResult, Pressed
from pipelayer.run.looking import look
from pipelayer.run.ports import Ports
from pipelayer.run.request import Request

Agree = Callable[[Sequence[Order]], bool]
"""Is shown all orders, and says whether to carry them out. May raise UsageError where nobody can be asked."""


def always(orders: Sequence[Order]) -> bool:
    """Who calls a function has made up their mind."""
    return True


class Ordering:
    """One button's way, for one request. `pressed` tells what is known at any moment."""

    def __init__(
        self, button: Button, request: Request, ports: Ports, wishes: Wishes, *, dry_run: bool
    ) -> None:
        self._button = button
        self._request = replace(request, dry_run=dry_run)
        self._ports = ports
        self._wishes = wishes
        self._notes: tuple[str, ...] = ()
        self._commands = Commands()
        self._ledger = Ledger(ports.journal)
        self._deeds: tuple[Deed, ...] = ()
        self._carrying: Carrying | None = None

    @property
    def began(self) -> bool:
        """Whether AWS was told to do anything yet."""
        return self._carrying is not None and self._carrying.began

    def press(self, agree: Agree) -> Pressed:
        """All of it. Raises PipelayerError where nothing was begun and nothing can be."""
        self._deeds = self._prepare()
        if self._request.dry_run:
            return self.pressed()
        wanted = any(deed.order.result is OrderResult.PLANNED for deed in self._deeds)
        if wanted and not agree([deed.order for deed in self._deeds]):
            return replace(self.pressed(), orders=tuple(map(_declined, (deed.order for deed in self._deeds))))
        hands = self._all_hands()
        self._carrying = Carrying(self._deeds, lambda deed: hands[id(deed.subject.cloud)])
        self._carrying.run()
        return self.pressed(over=True)

    def pressed(self, *, over: bool = False) -> Pressed:
        """What is known. `over`: nothing more is done."""
        if self._carrying:
            orders = self._carrying.orders(over=over)
        else:
            orders = tuple(deed.order for deed in self._deeds)
        skipped = any(order.result is OrderResult.SKIPPED for order in orders)
        stopped = skipped and self._ports.interrupted()
        return Pressed(self._button, orders, self._notes, dry_run=self._request.dry_run, stopped=stopped)

    def _prepare(self) -> tuple[Deed, ...]:
        if not self._request.names:
            raise UsageError(
                f"Which pipelines to {self._button}?", "Name them: directories, names in AWS, ids or globs."
            )
        view = look(self._request, self._ports)
        self._notes = view.notes
        self._commands = view.commands(self._request)
        return tuple(map(self._deed, _each_once(view.seen)))

    def _deed(self, seen: Seen) -> Deed:
        """What is to be done to one. Whatever AWS refuses to tell about it stands in the way of it alone."""
        project = seen.key.project
        live, claim = seen.live, seen.claimed
        foreign = claim is not None and tags.owner(claim.tags.get(tags.KEY, ""))[0] != project
        election = seen.election if not claim or foreign else Election(claim)
        configured = seen.place is not None
        subject = Subject(
            seen.key, seen.where, seen.cloud, election, seen.name, self._commands, configured, seen.pipeline
        )
        deploy = subject.offer("deploy")
        if foreign and claim:
            why = f"{claim.id} isn't this project's before the deploy that takes it over"
            return refused(self._button, subject, why, f"First {deploy}.")
        try:
            if self._button is Button.DELETE:
                return order_delete(subject, self._wishes, self._ports.clock)
            if live is None and subject.live:
                if self._button is Button.CANCEL:
                    return order_cancel(subject, subject.live)
                hint = f"{subject.offer('delete')} finishes that."
                return refused(self._button, subject, "it is being deleted", hint)
            if live is None:
                return refused(self._button, subject, "it isn't in AWS", f"{deploy} makes it.")
            match self._button:
                case Button.RUN:
                    return order_run(subject, live, self._ports.clock)
                case Button.PAUSE:
                    return order_pause(subject, live, self._wishes)
                case Button.RESUME:
                    return order_resume(subject, live, self._wishes, self._ports.clock)
                case Button.RERUN:
                    return order_rerun(subject, live, self._wishes, self._ports.clock)
                case Button.CANCEL:
                    return order_cancel(subject, live)
        except Interrupted:
            raise
        except PipelayerError as problem:
            return refused(self._button, subject, f"AWS didn't tell enough: {problem.message}", problem.hint)

    def _all_hands(self) -> dict[int, Hands]:
        """What acts, for each account and region."""
        found: dict[int, tuple[Cloud, list[Subject]]] = {}
        for deed in self._deeds:
            cloud = deed.subject.cloud
            found.setdefault(id(cloud), (cloud, []))[1].append(deed.subject)
        return {place: self._hands(cloud, subjects) for place, (cloud, subjects) in found.items()}

    def _hands(self, cloud: Cloud, subjects: Sequence[Subject]) -> Hands:
        ports = self._ports
        there = tuple(one for subject in subjects for one in _pipelines(subject.election))

        return Hands(
            cloud=cloud,
            secrets=KnownSecrets(cloud.secrets, ports.on_secret),
            clock=ports.clock,
            journal=self._ledger,
            read=ports.tree.read,
            snapshot=Snapshot(there),
            superseded=lambda key: False,
            interrupted=ports.interrupted,
            retry=lambda key: self._commands(self._button, key),
        )


def _pipelines(election: Election) -> Iterator[LivePipeline]:
    if election.live:
        yield election.live
    yield from (*election.leftovers, *election.retired)


def _each_once(seen: Sequence[Seen]) -> Iterator[Seen]:
    """A directory that was moved and not deployed since claims what its old key has: that one counts."""
    own = {one.election.live.id for one in seen if one.election.live}
    yield from (one for one in seen if one.claimed is None or one.claimed.id not in own)


def _declined(order: Order) -> Order:
    if order.result is not OrderResult.PLANNED:
        return order
    return replace(order, result=OrderResult.SKIPPED, message="nothing was done")
