"""What a run does with what was selected: reads, compares with AWS, checks, plans, and carries out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from pipelayer.changes.base import Compared
from pipelayer.deploy.hands import Hands
from pipelayer.deploy.known import WrittenSecrets
from pipelayer.deploy.quota import places
from pipelayer.deploy.stage import Stage
from pipelayer.deploy.sweep import why_left
from pipelayer.errors import PipelayerError
from pipelayer.model import (
    Action,
    Finding,
    Key,
    Kind,
    Outcome,
    OutcomeResult,
    PipelinePlan,
    Preview,
    Result,
    Selected,
    Severity,
    Verb,
)
from pipelayer.project.load import load_places
from pipelayer.project.pipeline import Pipeline
from pipelayer.run import verdicts
from pipelayer.run.catching_up import catch_ups, joined
from pipelayer.run.checking import rule_findings
from pipelayer.run.draft import Draft
from pipelayer.run.freshness import Freshness
from pipelayer.run.head import Head
from pipelayer.run.opening import Opened
from pipelayer.run.previewing import Bases, against_live, previews, without_secrets
from pipelayer.run.removals import plan_removals
from pipelayer.run.request import AskAws, Choice
from pipelayer.run.staging import open_stages, told_groups
from pipelayer.run.stopping import told_to_stop

_SENDERS = 64
"""Files under way to S3 at once, over all pipelines: as many as there are connections."""


class Course:
    """The part of a run that begins once something is selected, or may be. Its results go into the draft."""

    def __init__(self, draft: Draft, opened: Opened, head: Head) -> None:
        self._draft = draft
        self._request = draft.request
        self._ports = draft.ports
        self._opened = opened
        self._head = head
        self._pipelines: tuple[Pipeline, ...] = ()
        self._found: tuple[Finding, ...] = ()
        self._stages: tuple[Stage, ...] = ()
        self._freshness: Freshness | None = None
        self._absent: tuple[PipelinePlan, ...] = ()
        self._previews: Mapping[Key, Preview] = {}
        self._written = WrittenSecrets()

    def take(self) -> None:
        """All of it, in order. Raises PipelayerError for what ends the run; the draft has what is known by
        then.
        """
        request = self._request
        self._load()
        self._connect()
        self._plan()
        free: Sequence[int] = ()
        if not self._blocked and request.aws is not AskAws.NEVER:
            free = places(self._stages)
            self._show_plans()  # where there is no place, an old one may have to go first
            self._ask()
        if self._blocked:
            self._draft.set(outcomes=verdicts.not_done(self._items, self._invalid))
            self._draft.finish(Result.FAILURE)
        elif not request.writes:
            self._look()
        else:
            self._execute(free)
        if request.writes:
            self._draft.set(
                outcomes=tuple(self._with_retry(outcome) for outcome in self._draft.report.outcomes)
            )

    def _load(self) -> None:
        """Reads every pipeline, for what only shows across them; keeps the findings of the selected ones."""
        head, ports = self._head, self._ports
        self._pipelines, found = load_places(head.tree, head.config, head.every)
        if ports.newest:
            self._freshness = Freshness(ports.newest, self._request, ports.default_project, self._pipelines)
        names = {pipeline.key: pipeline.name for pipeline in self._pipelines}
        items = tuple(replace(item, name=names.get(item.key, item.name)) for item in self._items)
        self._draft.set(selection=replace(self._draft.report.selection, items=items))
        self._found = found

    def _connect(self) -> None:
        request, head, chosen = self._request, self._head, self._opened.chosen
        self._draft.set(groups=told_groups(request, head, chosen))
        self._stages, groups, notes = open_stages(request, self._ports, head, chosen, self._pipelines)
        self._draft.set(groups=groups, notes=(*self._draft.report.notes, *notes))
        decides = chosen.live_decides
        if request.choice is Choice.CHANGED and (decides or request.verb in (Verb.DEPLOY, Verb.PLAN)):
            late = catch_ups(head, self._stages, self._pipelines, live_decides=decides)
            self._draft.set(selection=joined(self._draft.report.selection, late))

    def _plan(self) -> None:
        """Offline findings, and a plan for each selected pipeline: from AWS, or one that says that AWS wasn't
        asked.
        """
        keys = {item.key for item in self._items}
        chosen = [pipeline for pipeline in self._pipelines if pipeline.key in keys]
        now = self._ports.clock.now()
        checked = rule_findings(self._head.tree, chosen, self._found, self._head.config.rules, now)
        found = [*self._concerning(keys), *checked]
        self._draft.set(findings=tuple(dict.fromkeys([*self._draft.report.findings, *found])))
        invalid = self._invalid
        for stage in self._stages:
            valid = {key for key in keys if str(key) not in invalid}
            stage.plan(self._hands(stage), valid, self._draft.report.commit)
        self._absent = plan_removals(
            self._request, self._opened, self._stages, self._pipelines, broken=self._broken(), now=now
        )
        if self._stages:  # else nobody knows what is live
            self._opened.refuse_unknown(plan.key for stage in self._stages for plan in stage.removals)
        self._drop_idle_catch_ups()
        self._preview(chosen, now)
        self._show_plans()

    def _preview(self, chosen: Collection[Pipeline], now: datetime) -> None:
        """What the plans mean. Where AWS wasn't asked, the base tells what the files change."""
        tree, compared = self._head.tree, self._ports.compared
        for one in chosen:
            self._written.learn(one.definition)
        makers: dict[Key, Callable[[], Preview]] = {
            work.plan.key: partial(against_live, work, stage.options, now, tree)
            for stage in self._stages
            for work in stage.works
        }
        if isinstance(compared, Compared) and self._request.choice is Choice.CHANGED:
            bases = Bases(compared.tree, self._opened.chosen.before, self._written.learn)
            for one in chosen:
                live = makers.get(one.key)
                makers[one.key] = (
                    partial(bases.with_secrets, live, one) if live else partial(bases.preview, one, tree, now)
                )
        self._previews, failed = previews(makers)
        self._draft.set(notes=(*self._draft.report.notes, *failed))

    def _shown(self, plan: PipelinePlan) -> PipelinePlan:
        """The plan without any secret that is known by now: what stood openly before may be one."""
        for secrets in (self._written, *(stage.survey.secrets for stage in self._stages)):
            plan = without_secrets(plan, secrets.hide)
        return plan

    def _show_plans(self) -> None:
        planned = [plan for stage in self._stages for plan in stage.plans]
        planned += self._absent
        known, invalid = {plan.key for plan in planned}, self._invalid
        planned += [verdicts.unplanned(item, invalid) for item in self._items if item.key not in known]
        previewed = [self._shown(replace(plan, preview=self._previews.get(plan.key))) for plan in planned]
        self._draft.set(plan=tuple(sorted(previewed, key=lambda plan: plan.key)))

    def _concerning(self, keys: Collection[Key]) -> Iterator[Finding]:
        """What reading the files found about these pipelines. A shared template's mistake is each user's
        own.
        """
        texts = {str(key) for key in keys}
        config = self._head.config.path
        for finding in self._found:
            if finding.key in texts or (
                not finding.key and (finding.at is None or finding.at.path == config)
            ):
                yield finding
            elif not finding.key and finding.at:
                yield from (
                    replace(finding, key=str(key)) for key in self._opened.users(finding.at.path, keys)
                )

    def _broken(self) -> bool:
        return any(one.severity is Severity.ERROR for one in (*self._draft.report.findings, *self._found))

    def _drop_idle_catch_ups(self) -> None:
        """One that joined for its tags alone, and turns out to match, was never worth a word."""
        idle = {
            item.key
            for item in self._items
            if item.only_catch_up
            for stage in self._stages
            for work in stage.works
            if work.plan.key == item.key and work.plan.kind is Kind.UNCHANGED and not work.plan.steps
        }
        for stage in self._stages:
            stage.drop(idle)
        items = tuple(item for item in self._items if item.key not in idle)
        self._draft.set(selection=replace(self._draft.report.selection, items=items))

    def _ask(self) -> None:
        """AWS's opinion of the definitions: of all when validating, else of those that will be put."""
        request = self._request
        if request.verb is Verb.UPLOAD:
            return
        for stage in self._stages:
            everything = request.verb is Verb.VALIDATE
            keys = {item.key for item in self._items} if everything else None
            if not everything and not any(work.has(Action.PUT) for work in stage.works):
                continue
            creates = request.may_create_stub and not request.dry_run and request.verb is not Verb.PLAN
            stub = stage.find_stub(self._hands(stage), create=creates)
            if stub:
                found = stage.ask(self._hands(stage), stub, keys)
                self._draft.set(findings=tuple(dict.fromkeys([*self._draft.report.findings, *found])))
                continue
            text = (
                f"AWS was not asked about the definitions of the group {stage.group.name}: there is no "
                f"validation stub in {stage.survey.cloud.region}. The first deploy makes it."
            )
            if request.aws is AskAws.REQUIRED:
                raise PipelayerError(
                    text, "Deploy once, or run `pipelayer validate` with a role that may create pipelines."
                )
            self._draft.note(text)

    def _look(self) -> None:
        """The end of a run that writes nothing: what a deployment would refuse fails it too."""
        refused = {
            str(plan.key): plan.reason for plan in self._draft.report.plan if plan.kind is Kind.REFUSED
        }
        invalid = self._invalid
        if self._request.verb is Verb.VALIDATE:
            self._draft.set(outcomes=verdicts.looked_at(self._items, invalid, refused))
        found = Result.SUCCESS if self._items or self._draft.report.plan else Result.NOTHING_TO_DO
        self._draft.finish(Result.FAILURE if invalid or refused else found)

    def _execute(self, free: Sequence[int]) -> None:
        outcomes: list[Outcome] = []
        invalid = self._invalid
        for stage, places_left in zip(self._stages, free, strict=True):
            stage.drop({work.plan.key for work in stage.works if str(work.plan.key) in invalid})
            outcomes += map(self._draft.ledger.ended, stage.execute(self._hands(stage), places_left))
            if stage.unfinished:
                why = why_left(stopped=self._ports.interrupted())
                self._draft.note(f"{', '.join(stage.unfinished)} {why}.")
        outcomes += (Outcome(str(plan.key), OutcomeResult.REMOVED) for plan in self._absent)
        done = {outcome.key for outcome in outcomes}
        left_out = [item for item in self._items if str(item.key) in invalid - done]
        outcomes += (Outcome(str(item.key), OutcomeResult.INVALID) for item in left_out)
        self._draft.set(outcomes=tuple(sorted(outcomes, key=lambda outcome: outcome.key)))
        newer = {outcome.key for outcome in outcomes if outcome.result is OutcomeResult.SUPERSEDED}
        self._draft.set(plan=tuple(verdicts.superseded(plan, newer) for plan in self._draft.report.plan))
        results = {outcome.result for outcome in outcomes}
        if OutcomeResult.SKIPPED in results and self._ports.interrupted():
            self._draft.fail(told_to_stop())
            return
        failed = bool(results & {OutcomeResult.FAILED, OutcomeResult.INVALID, OutcomeResult.SKIPPED})
        idle = not self._items and not any(stage.writes for stage in self._stages)
        self._draft.finish(Result.FAILURE if failed else Result.NOTHING_TO_DO if idle else Result.SUCCESS)

    def _hands(self, stage: Stage) -> Hands:
        ports = self._ports
        return Hands(
            cloud=stage.survey.cloud,
            secrets=stage.survey.secrets,
            clock=ports.clock,
            journal=self._draft.ledger,
            read=ports.tree.read,
            snapshot=stage.survey.snapshot,
            superseded=self._freshness.superseded if self._freshness else lambda key: False,
            interrupted=ports.interrupted,
            retry=self._retry,
            upload_threads=max(1, _SENDERS // max(1, min(len(stage.works), self._request.concurrency))),
        )

    def _retry(self, key: Key) -> str:
        return verdicts.retry_command(self._request, key, {stage.group.name for stage in self._stages})

    def _with_retry(self, outcome: Outcome) -> Outcome:
        keys = {str(item.key): item.key for item in self._items}
        keys |= {str(plan.key): plan.key for plan in self._draft.report.plan}
        return verdicts.with_retry(outcome, self._retry(keys[outcome.key]))

    @property
    def _items(self) -> tuple[Selected, ...]:
        return self._draft.report.selection.items

    @property
    def _invalid(self) -> set[str]:
        """The keys of the pipelines that a finding blocks, as far as they are found by now."""
        return verdicts.invalid_keys(self._draft.report.findings, self._items, self._request.fail_on)

    @property
    def _blocked(self) -> bool:
        return self._request.verb is not Verb.VALIDATE and verdicts.blocked(self._items, self._invalid)
