"""One group's deployment: what is live in its account and region, the plans, AWS's opinion, and the
execution.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pipelayer.deploy import tags
from pipelayer.deploy.asking import find_stub, validate_all
from pipelayer.deploy.elect import Election, elect
from pipelayer.deploy.execute import Limits, execute
from pipelayer.deploy.facts import Options, Work
from pipelayer.deploy.hands import Hands
from pipelayer.deploy.prune import Pruning, Removed, after, carry_out, plan_removed, too_many
from pipelayer.deploy.survey import Survey
from pipelayer.deploy.sweep import Sweep
from pipelayer.model import Action, Finding, Key, Kind, Outcome, PipelinePlan, Verb
from pipelayer.project.config import Group
from pipelayer.project.pipeline import Pipeline


@dataclass
class Stage:
    """A group under way. `pipelines` are all of the group's that can be read, `works` those that were
    planned.

    What is live in groups that the project no longer has is looked after by the first stage of a region,
    which `heads_region`; `other_groups` are those that it has beside this one. `claimed` says who takes over
    which id. `unfinished` are the retired pipelines that still have work after the execution.
    """

    group: Group
    project: str
    survey: Survey
    pipelines: Sequence[Pipeline]
    concurrency: int
    other_groups: frozenset[str] = frozenset()
    heads_region: bool = True
    unfinished: tuple[str, ...] = ()
    works: tuple[Work, ...] = ()
    removals: tuple[PipelinePlan, ...] = ()
    claimed: Mapping[str, Key] = field(default_factory=dict)
    _stub: str | None = field(default=None, init=False)

    @property
    def options(self) -> Options:
        """What the user asked for and allowed."""
        return self.survey.options

    def differing(self) -> list[Pipeline]:
        """The pipelines whose live state differs from the files, by their tags alone."""
        return self.survey.differing(self.pipelines)

    def plan(self, hands: Hands, keys: Collection[Key], commit: str) -> None:
        """Plans the pipelines with these keys."""
        chosen = [pipeline for pipeline in self.pipelines if pipeline.key in keys]
        tell = self._telling(hands, "comparing with AWS", len(chosen))
        self.works = self.survey.works(chosen, hands.clock.now(), commit, self.concurrency, tell)

    def drop(self, keys: Collection[Key]) -> None:
        """Takes pipelines out of the plan again."""
        self.works = tuple(work for work in self.works if work.plan.key not in keys)

    def plan_removals(self, near: Sequence[Pipeline], pruning: Pruning, now: datetime) -> None:
        """Plans what is live under keys that the files no longer have.

        `near` are all pipelines that the files have in this region, of whichever group, planned in this run
        or not: what one of them takes over is not removed, and what one of them would double isn't pruned.
        """
        if self.options.verb not in (Verb.DEPLOY, Verb.PLAN, Verb.VALIDATE):
            return
        self.claimed = self.survey.claimed(near)
        heirs = set(self.claimed.values())
        twins = self.survey.doubled(near, heirs, now) if self.options.prune else {}
        removed: dict[str, list[Removed]] = {}
        for tag in self.survey.snapshot.tags:
            project, group = tags.owner(tag)
            looks_after = group == self.group.name or (self.heads_region and group not in self.other_groups)
            if project == self.project and looks_after and tag not in self.survey.configured:
                under = self.survey.snapshot.under(tag)
                election = elect((one for one in under if one.id not in self.claimed), "")
                if election.live or election.leftovers or election.retired:
                    removed.setdefault(group, []).append(self._removed(tag, election, pruning, twins))
        self.removals = tuple(
            plan_removed(
                one,
                too_many=too_many(gone, self._staying(group)),
                cancel=self.options.cancel_running,
            )
            for group, gone in removed.items()
            for one in gone
        )

    def _removed(self, tag: str, election: Election, pruning: Pruning, twins: Mapping[str, Key]) -> Removed:
        last = pruning.key_of(tag, _commit(election) if self.options.prune else "")
        project, group = tags.owner(tag)
        key = last or Key(project, group, tag.partition(":")[2].partition("/")[2])
        named = pruning.named(key)
        one = Removed(key, election, self.options.prune and (named or not pruning.only_named), named=named)
        if not one.wanted:
            return one
        twin = next((twins[old.id] for old in one.every if old.id in twins), None)
        return replace(one, refusal=pruning.why_not(one, configured=last is not None, twin=twin))

    def _staying(self, group: str) -> int:
        """How many of a group's pipelines the files keep, of those that are live."""
        own = self.pipelines if group == self.group.name else ()
        elections = (elect(self.survey.snapshot.under(tags.key_tag(one.key)), "") for one in own)
        owners = (tags.owner(self.survey.snapshot.by_id[one].tags.get(tags.KEY, "")) for one in self.claimed)
        kept = sum(owner == (self.project, group) for owner in owners)
        return kept + sum(election.live is not None for election in elections)

    def heir(self, key: Key) -> Key | None:
        """Who takes over what is live under a key."""
        before = self.survey.snapshot.under(tags.key_tag(key))
        return next((self.claimed[one.id] for one in before if one.id in self.claimed), None)

    @property
    def lacks_stub(self) -> bool:
        """Whether AWS is going to be asked about a definition and there is no stub to ask on."""
        return self.survey.snapshot.stub is None and any(work.has(Action.PUT) for work in self.works)

    def find_stub(self, hands: Hands, *, create: bool) -> str:
        """The stub's id, "" where there is none and none may be made. Raises Interrupted where the run was
        told to stop.
        """
        hands.go_on()
        if self._stub is None:
            self._stub = find_stub(self.survey.cloud.pipelines, self.survey.snapshot, create=create)
        return self._stub

    def ask(self, hands: Hands, stub: str, keys: Collection[Key] | None = None) -> tuple[Finding, ...]:
        """AWS's findings about the pipelines with these keys, without any about the definitions that will be
        put.
        """
        if keys is None:
            asked = [work.pipeline for work in self.works if work.has(Action.PUT)]
        else:
            asked = [pipeline for pipeline in self.pipelines if pipeline.key in keys]
        for pipeline in asked:
            self.survey.secrets.learn(pipeline.definition)  # AWS may quote what is written in the files
        tell = self._telling(hands, "asking AWS about the definitions", len(asked))
        aws, now = self.survey.cloud.pipelines, hands.clock.now()
        found = validate_all(aws, stub, asked, now, self.concurrency, tell, hands.go_on)
        return tuple(replace(one, message=hands.secrets.hide(one.message)) for one in found)

    def _telling(self, hands: Hands, doing: str, total: int) -> Callable[[int], None]:
        return lambda done: hands.journal.progress(None, f"{self.group.name}: {doing}", done, total)

    def execute(self, hands: Hands, places: int) -> tuple[Outcome, ...]:
        """Carries out the plans, then the removals."""
        limits = Limits(self.concurrency, places)
        done = execute(self.works, hands, limits)
        sweep = Sweep(hands, limits.sweep_seconds)
        gone = tuple(carry_out(plan, hands, sweep) for plan in self.removals)
        sweep.run(until_gone=False)
        self.unfinished = tuple(sorted({*done.unfinished, *sweep.unfinished}))
        return done.outcomes + tuple(after(sweep, outcome) for outcome in gone)

    @property
    def plans(self) -> tuple[PipelinePlan, ...]:
        """Every plan of this group."""
        return tuple(work.plan for work in self.works) + self.removals

    @property
    def writes(self) -> bool:
        """Whether there is anything to do at all."""
        return any(plan.steps or plan.kind is Kind.REFUSED for plan in self.plans)


def _commit(election: Election) -> str:
    """The commit in the state tag of what counts under a key."""
    unfinished = next(iter(election.leftovers), None)
    if election.live or unfinished is None:
        return election.state.commit
    return tags.state_of(unfinished.tags).commit
