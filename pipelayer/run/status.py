"""The daily look: every pipeline of a project, its files beside AWS, its last runs, and what needs a person.

For each pipeline AWS is asked for one definition and its latest runs, several pipelines at once; nothing is
ever changed. One that can't be asked says why, and the others are told all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

from pipelayer.console.drifting import Drifting, Versions, ask_versions
from pipelayer.console.ports import Wanted
from pipelayer.console.recent import Depth, recent_runs
from pipelayer.console.seen import Seen
from pipelayer.console.troubles import reasons
from pipelayer.definition.flat import Definition
from pipelayer.definition.schedule import is_on_demand
from pipelayer.deploy import tags
from pipelayer.deploy.known import WrittenSecrets
from pipelayer.errors import AwsError, PipelayerError, UsageError
from pipelayer.model import LivePipeline
from pipelayer.model.history import ObjectStatus, Sphere
from pipelayer.model.rewriting import rewritten
from pipelayer.model.status import LiveCommit, PipelineRun, PipelineStatus, Status, Strangers
from pipelayer.project.layout import Place
from pipelayer.project.pipeline import Documents, load_pipeline
from pipelayer.run.looking import View, look
from pipelayer.run.opening import configured_in
from pipelayer.run.ports import Ports
from pipelayer.run.request import Request

T = TypeVar("T")

RUNS = 5
"""Runs that are told of each pipeline, unless somebody asks for more."""

_FEW = 20
"""So many pipelines may be told of in detail: of more, a look would wait for AWS's limits."""

_MOST_ROOM, _MOST_FAILURES, _MOST_NAMES = 1000, 10, 3


@dataclass(frozen=True)
class Question:
    """How much is asked. `days` is how far back; 0 means as far as `runs` runs go back."""

    runs: int = RUNS
    days: int = 0
    concurrency: int = 8

    def __post_init__(self) -> None:
        if self.runs < 1 or self.days < 0 or self.concurrency < 1:
            raise ValueError(f"nothing can be told of {self}")


def status(request: Request, ports: Ports, question: Question | None = None) -> Status:
    """The pipelines of the request's groups, or those that it names.

    Raises what `look` raises: UsageError for wrong names, groups and files, AwsError where AWS can't be asked
    at all. UsageError also where there is nothing to look at: that must not look as if all were well.
    """
    view = look(request, ports)
    if not view.seen:
        hint = "A pipeline is a directory with values.json; files that git doesn't track may not count."
        raise UsageError("There is no pipeline to look at.", next(iter(view.notes), hint))
    look_closer = _Closer(request, ports, view, question or Question())
    found = Status(
        project=view.head.config.project if view.head else "",
        at=look_closer.now,
        groups=view.groups,
        pipelines=look_closer.pipelines(),
        strangers=_strangers(view, request) if not request.names else Strangers(),
        notes=view.notes,
        commit=ports.tree.commit,
        named=bool(request.names),
    )
    return rewritten(found, look_closer.secrets.hide)


@dataclass
class _Answers:
    """What AWS told of one pipeline, and what it wouldn't."""

    versions: Versions | None = None
    runs: tuple[PipelineRun, ...] = ()
    paused: tuple[str, ...] = ()
    unasked: list[str] = field(default_factory=list)


class _Closer:
    """One look at the pipelines of a view."""

    def __init__(self, request: Request, ports: Ports, view: View, question: Question) -> None:
        self.now = ports.clock.now()
        self.secrets = WrittenSecrets()
        self._ports, self._view, self._question = ports, view, question
        detail = bool(request.names) and len(view.seen) <= _FEW
        since = self.now - timedelta(days=question.days) if question.days else None
        self._depth = Depth(question.runs, since)
        if detail:
            self._depth = Depth(question.runs, since, _MOST_ROOM, _MOST_FAILURES, detail=True)
        self._say = view.commands(request)
        self._deployed = _Deployed(request, ports)

    def pipelines(self) -> tuple[PipelineStatus, ...]:
        """Each of them, in the order of the view."""
        seen = self._view.seen
        for one in seen:
            if one.pipeline:
                self.secrets.learn(one.pipeline.definition)
        # Git is asked before there are threads: it serves one at a time.
        deployed = [self._deployed.definition(one) for one in seen]
        recorded = [_recorded(one) for one in seen]
        known = {one: self._ports.commit_at(one) for one in set(recorded) - {tags.NEVER}}
        commits = [known.get(one) for one in recorded]
        found: list[PipelineStatus] = []
        with ThreadPoolExecutor(max_workers=self._question.concurrency) as pool:
            for told in pool.map(self._pipeline, seen, deployed, commits):
                found.append(told)
                self._ports.journal.progress(None, "pipelines", len(found), len(seen))
        return tuple(found)

    def _pipeline(self, seen: Seen, deployed: Definition | None, commit: LiveCommit | None) -> PipelineStatus:
        answers = self._ask(seen, deployed)
        live, versions = seen.there, answers.versions
        at_work = _named(answers.runs, ObjectStatus.RUNNING)
        active = versions.active if versions else None
        wanted = seen.pipeline.on_demand if seen.pipeline else False
        paused = answers.paused or _named(answers.runs[:1], ObjectStatus.PAUSED)
        drifting = Drifting(seen, self.now, self._say, versions, deployed, paused, at_work, self._view.broken)
        found = PipelineStatus(
            key=seen.key,
            name=seen.name,
            region=seen.where.region,
            directory=seen.place.directory if seen.place else "",
            runs=answers.runs,
            on_demand=is_on_demand(active) if active else wanted,
            drifts=drifting.all(),
            commit=commit,
            unasked=tuple(answers.unasked),
        )
        if live:
            found = replace(
                found,
                id=live.id,
                state=live.state,
                health=live.health,
                last_activation=live.activated,
                latest_run=live.latest_run,
                next_run=live.next_run,
            )
        first_run = live.first_run if live else None
        return replace(
            found, reasons=reasons(found, active, first_run, self.now, self._say, days=self._question.days)
        )

    def _ask(self, seen: Seen, deployed: Definition | None) -> _Answers:
        """What only AWS knows. What it won't tell leaves the rest as it is."""
        found, live = _Answers(), seen.there
        if live is None:
            return found

        def tried(call: Callable[[], T], nothing: T, what: str) -> T:
            try:
                return call()
            except AwsError as problem:
                message = problem.message.rstrip(".")
                found.unasked.append(f"AWS didn't tell {what}: {message}. {problem.hint}".rstrip())
                return nothing

        wanted = [one for one in (deployed, seen.pipeline and seen.pipeline.definition) if one]
        aws, history = seen.cloud.pipelines, seen.cloud.history
        found.versions = tried(lambda: ask_versions(aws, live, wanted, self.now), None, "its definition")
        for one in (found.versions.latest, found.versions.active) if found.versions else ():
            if one:
                self.secrets.learn(one)
        known = (found.versions.active if found.versions else None) or next(iter(wanted), None)
        if live.activated or live.first_run or live.latest_run:  # else nothing ever ran
            found.runs = tried(
                lambda: recent_runs(history, live, known, self.now, self._depth), (), "its runs"
            )
        if self._depth.detail:
            only_paused = Wanted(statuses=(ObjectStatus.PAUSED,))
            found.paused = tried(
                lambda: tuple(history.query(live.id, Sphere.COMPONENT, only_paused)), (), "what is paused"
            )
        return found


class _Deployed:
    """What the trees of recorded commits say was deployed."""

    def __init__(self, request: Request, ports: Ports) -> None:
        self._request, self._ports = request, ports
        self._trees: dict[str, tuple[Mapping[str, Place], Documents] | None] = {}

    def definition(self, seen: Seen) -> Definition | None:
        """The definition that the live pipeline's record stands for, None where nobody has it any more."""
        live, pipeline = seen.election.live, seen.pipeline
        if live is None or pipeline is None:
            return None
        recorded = tags.state_of(live.tags)
        if tags.same(recorded.definition, pipeline.definition_digest):
            return pipeline.definition
        if tags.NEVER in (recorded.definition, recorded.commit) or recorded.definition == tags.UNKNOWN:
            return None
        return self._at(recorded.commit, live, recorded.definition)

    def _at(self, commit: str, live: LivePipeline, digest: str) -> Definition | None:
        if commit not in self._trees:
            tree = self._ports.tree_at(commit)
            places = configured_in(tree, self._request, self._ports.default_project)
            self._trees[commit] = (places, Documents(tree)) if tree else None
        known = self._trees[commit]
        place = known[0].get(live.tags.get(tags.KEY, "")) if known else None
        if known is None or place is None:
            return None
        try:
            pipeline, _ = load_pipeline(known[1].tree, place, known[1])
        except PipelayerError:
            return None  # a partial clone fetches as it reads, and may not get it
        return pipeline.definition if pipeline and pipeline.definition_digest == digest else None


def _named(runs: Sequence[PipelineRun], status: ObjectStatus) -> tuple[str, ...]:
    """The objects that these runs show in a status, each once."""
    found = (one.name for run in runs for one in run.objects if one.status is status)
    return tuple(dict.fromkeys(found))


def _recorded(seen: Seen) -> str:
    """The commit that its record names."""
    return tags.state_of(seen.live.tags).commit if seen.live else tags.NEVER


def _strangers(view: View, request: Request) -> Strangers:
    if not view.strangers:
        return Strangers()
    names = sorted(one.name for _, one in view.strangers)
    hint = f"{request.retry_command} import"
    return Strangers(len(names), tuple(names[:_MOST_NAMES]), hint)
