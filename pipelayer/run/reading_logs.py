"""The logs of one pipeline: which one is meant, which attempts, and what they have left in S3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelayer.console.attempts import Asked, Chosen, choose
from pipelayer.console.log_places import is_placed, placed
from pipelayer.console.logs import TAIL, AttemptLogs, Logs, Reader, last_lines, listed, logs_of, whole
from pipelayer.console.ports import Cloud
from pipelayer.console.seen import Seen
from pipelayer.errors import AwsError, Interrupted, PipelayerError, UsageError
from pipelayer.model.history import ObjectRun
from pipelayer.project.reading import shown
from pipelayer.run.looking import look
from pipelayer.run.ports import Ports
from pipelayer.run.request import Request


@dataclass(frozen=True)
class Reading:
    """Whether the files are read, and how many of their last lines; None: all of them."""

    read: bool = True
    tail: int | None = TAIL

    @property
    def reader(self) -> Reader:
        if not self.read:
            return listed
        return whole if self.tail is None else last_lines(self.tail)


def read_logs(request: Request, ports: Ports, asked: Asked, reading: Reading) -> Logs:
    """The logs that are asked for, of the one pipeline that the request names.

    Raises UsageError where it names none or several, or asks for what there isn't, PipelayerError where the
    pipeline isn't in AWS or has never run, AwsError where AWS can't be asked about it.
    """
    view = look(request, ports)
    seen = _only(view.seen, request.names)
    live = seen.there
    if live is None:
        raise PipelayerError(
            f"{shown(seen.key.directory)} isn't in AWS, so it has no logs.",
            f"`{view.commands(request)('deploy', seen.key)}` puts it there.",
        )
    chosen = choose(seen.cloud.history, live, asked, ports.clock.now())
    if chosen is None:
        if asked.run:
            raise UsageError(f"{shown(live.name)} had no run {shown(asked.run)}.", "Times are in UTC.")
        hint = f"Its next run is due at {live.next_run:%Y-%m-%d %H:%M} UTC." if live.next_run else ""
        raise PipelayerError(f"{shown(live.name)} has not run yet.", hint)
    store, read = seen.cloud.store, reading.reader
    attempts, unplaced = _placed(seen.cloud, live.id, chosen.attempts)
    found = [logs_of(store, live.id, one, read) for one in attempts]
    found += [
        AttemptLogs(one, problems=("It was never begun, so there are no logs of it.",))
        for one in chosen.untried
    ]
    return Logs(live.name, live.id, chosen.scheduled, tuple(found), (*unplaced, *_notes(chosen)))


def _placed(
    cloud: Cloud, pipeline_id: str, attempts: Sequence[ObjectRun]
) -> tuple[Sequence[ObjectRun], Sequence[str]]:
    """The same with the places of their logs, and what kept them from being found. Where AWS doesn't tell
    them, the definition does.
    """
    if all(is_placed(one) for one in attempts):
        return attempts, ()
    try:
        definition = cloud.pipelines.get(pipeline_id, active=True)
    except Interrupted:
        raise
    except AwsError as error:
        return attempts, (f"The definition, which says where logs go, can't be had: {error.message}",)
    return [placed(one, definition, pipeline_id) for one in attempts] if definition else attempts, ()


def _only(seen: tuple[Seen, ...], names: tuple[str, ...]) -> Seen:
    if len(seen) == 1:
        return seen[0]
    several = ", ".join(shown(f"{one.key.group}/{one.key.directory}") for one in seen[:8])
    more = f" and {len(seen) - 8} more" if len(seen) > 8 else ""
    raise UsageError(
        f"{' '.join(map(shown, names))} means {len(seen)} pipelines.", f"Name one of {several}{more}."
    )


def _notes(chosen: Chosen) -> Iterator[str]:
    for one in chosen.others:
        yield f"In the same run: {one.component} {one.status}. Its logs: --object {one.component}"
    wrong = {one.component for one in chosen.others}
    for host in chosen.hosts:
        if host not in wrong:
            yield f"It ran on {host}. Its logs: --object {host}"
    if chosen.running:
        yield "The run isn't over: AWS writes logs once the work is."
