"""One desired pipeline and what is live under its key → the ordered steps, each with its reason. Pure.

Whatever had to be asked (the live definition, the bucket's listing, twins) is in `Facts` by now. What becomes
of a definition that changed is decided in `changing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pipelayer.definition.schedule import NoFutureSlot, move_start
from pipelayer.deploy import changing, steps, tags, words
from pipelayer.deploy.changing import Decision
from pipelayer.deploy.facts import Case, Facts, Options, Work, about_it, aws_name
from pipelayer.model import Action, Kind, LivePipeline, PipelinePlan, PipelineState, Step, Verb
from pipelayer.project.pipeline import Pipeline


def plan_pipeline(pipeline: Pipeline, facts: Facts, options: Options, now: datetime, commit: str) -> Work:
    """Decides what to do with one pipeline. Never looks at another one, never asks anybody."""
    case = Case(pipeline, facts, options, now)
    kind, reason, taken = _decide(case)
    puts = any(step.action is Action.PUT for step in taken)
    stays = kind in (Kind.HELD, Kind.REFUSED)
    if facts.live and not (puts or stays) and facts.secrets_unknown(pipeline) and options.writes_definition:
        later = facts.recorded.secrets != tags.NEVER and facts.secrets == tags.NEVER
        reason += f"; {words.COMPARED_LATER if later else words.UNCOMPARED}"
    if kind is not Kind.REFUSED and options.writes_definition:
        made = changing.leftover(case) if kind in (Kind.CREATE, Kind.REPLACE) else None
        taken += steps.sweeping(facts.election, (made, facts.claimed), cancel=options.cancel_running)
    if facts.claimed and kind not in (Kind.HELD, Kind.REFUSED):
        claim = Step(Action.CLAIM, "tag it as this pipeline, and as being written", facts.claimed.id)
        taken = [claim, *(step for step in taken if step.action is not Action.MARK)]
    live_id = facts.live.id if facts.live else ""
    plan = PipelinePlan(pipeline.key, case.name, kind, reason, tuple(taken), live_id, facts.live_state)
    own = pipeline.tags if options.writes_definition else {}
    return Work(plan, pipeline, facts, _final_state(case, taken, commit), own)


def needs_definition(pipeline: Pipeline, facts: Facts, options: Options) -> bool:
    """Whether only the live definition can tell if, or how, this pipeline changed."""
    if not options.writes_definition or facts.live is None:
        return False
    same = tags.same(facts.recorded.definition, pipeline.definition_digest)
    runs = pipeline.on_demand and options.run_on_demand  # whatever is saved on it
    return not same or runs or facts.live.name != aws_name(pipeline, facts) or facts.secret_changed


def needs_other_version(pipeline: Pipeline, facts: Facts, options: Options, now: datetime) -> bool:
    """Whether the version that doesn't count matters too: an edit overwrites the latest one, and AWS's rules
    are about the active one.
    """
    case = Case(pipeline, facts, options, now)
    if facts.definition is None or facts.live is None or facts.live.state is PipelineState.PENDING:
        return False
    found = case.differences()
    if facts.latest_counts:
        return bool(found) or options.run_on_demand
    return not any(one.rule for one in found) and not (found and changing.resting(case, facts.live))


def needs_listing(pipeline: Pipeline, facts: Facts, options: Options) -> bool:
    """Whether the bucket must be asked what it holds. The verb `upload` always looks."""
    if not options.writes_files or pipeline.input is None or not (pipeline.files or facts.live):
        return False
    return options.verb is Verb.UPLOAD or not tags.same(facts.recorded.files, pipeline.files_digest)


def _decide(case: Case) -> Decision:
    facts, live = case.facts, case.facts.live
    if facts.refusal:
        return Kind.REFUSED, facts.refusal, []
    if live and (crowd := _crowd(case.pipeline, live)):
        return Kind.REFUSED, crowd, []
    files = steps.file_steps(facts.upload)
    if not case.options.writes_definition:
        return _kept(case, files, retag=False)
    if live is None:
        return _create(case, files)
    found = case.differences()
    if not found and facts.edit_under_way and facts.saved_aside(case.now):
        found = [about_it("an earlier run saved another definition without activating it")]
    if (found or files) and (rests := changing.resting(case, live)):
        what = words.listed(
            [words.change(one) for one in words.in_order(found)] or [words.upload(facts.upload)]
        )
        return Kind.HELD, f"{what}, but {rests}", []
    if found:
        return changing.change(case, live, files, found)
    return _kept(case, files, retag=not case.recorded)


def _kept(case: Case, files: list[Step], *, retag: bool) -> Decision:
    """The definition stays. S3 is read by the next run, so new files need no new definition."""
    pipeline, facts, live = case.pipeline, case.facts, case.facts.live
    if live is None:
        kind, what = Kind.UPLOAD, words.upload(facts.upload)
        if not files:
            in_s3 = "its files are in S3; the pipeline itself isn't in AWS yet"
            kind, what = Kind.UNCHANGED, in_s3 if pipeline.files else "it has no files"
        return kind, what, files
    defines = case.options.writes_definition
    asked = pipeline.on_demand and case.options.run_on_demand and defines and not case.ran
    run = [Step(Action.ACTIVATE, "run it, as asked", live.id)] if asked else []
    written = [steps.mark(live), *files] if files else []
    aside = f"; {words.SAVED_ASIDE}" if facts.saved_aside(case.now) else ""
    if facts.claimed:
        return Kind.ADOPT, f"{words.takes_over(live)}{aside}", [*written, steps.record(live.id), *run]
    if files:
        return Kind.UPLOAD, f"{words.upload(facts.upload)}{aside}", [*written, steps.record(live.id), *run]
    others = [key for key, value in pipeline.tags.items() if defines and live.tags.get(key) != value]
    unrecorded = facts.upload is not None and not tags.same(facts.recorded.files, pipeline.files_digest)
    unsaved = defines and pipeline.on_demand and not facts.recorded.saved
    if retag or others or unrecorded or unsaved:
        what = words.tags(live, pipeline.tags, others) if others else "only the record of it is written anew"
        return Kind.RETAG, f"AWS matches the files; {what}{aside}", [steps.record(live.id), *run]
    if run:
        return Kind.RUN, "on demand: run, as asked", run
    if not defines:
        return Kind.UNCHANGED, "S3 has these files", []
    described = live.description != pipeline.description
    unlike = " but for the description, which AWS can't change" if described else ""
    return Kind.UNCHANGED, f"AWS matches the files{unlike}", []


def _create(case: Case, files: Sequence[Step]) -> Decision:
    if isinstance(move_start(case.pipeline.definition, case.now, phase=case.facts.phase), NoFutureSlot):
        return Kind.REFUSED, words.NO_RUN_LEFT, []
    waits = case.pipeline.on_demand and not case.options.run_on_demand
    reason = f"not in AWS yet; {Kind.SAVE}: run-on-demand: true runs it" if waits else "not in AWS yet"
    return Kind.CREATE, reason, [*files, *changing.creation(case)]


def _crowd(pipeline: Pipeline, live: LivePipeline) -> str:
    """Why the tags that it has and those that it gets don't fit together, "" where they do."""
    wanted = {tags.KEY, tags.STATE, tags.WRITER, *pipeline.tags}
    others = sorted(set(live.tags) - wanted - {tags.RETIRED})
    if len(wanted) + len(others) <= tags.MOST:
        return ""
    return (
        f"{live.id} has {len(others)} tags that the files don't ({', '.join(others)}), and a pipeline "
        f"may have {tags.MOST} in all: remove some in AWS"
    )


def _final_state(case: Case, taken: Sequence[Step], commit: str) -> tags.State:
    """What the live pipeline's tag will say: `upload` sets only the files' digest, `activate` only the
    definition's.
    """
    pipeline, options, before = case.pipeline, case.options, case.facts.recorded
    written = any(step.action is Action.PUT for step in taken)
    return tags.State(
        definition=pipeline.definition_digest if options.writes_definition else before.definition,
        files=pipeline.files_digest if options.writes_files else before.files,
        secrets=case.facts.secrets if written else before.secrets,
        commit=commit or tags.NEVER,
        saved=pipeline.on_demand if options.writes_definition else before.saved,
    )
