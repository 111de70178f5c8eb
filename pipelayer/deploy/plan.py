"""One desired pipeline and what is live under its key → the ordered steps, each with its reason. Pure.

Whatever had to be asked (the live definition, the bucket's listing, twins) is in `Facts` by now. A changed
definition is replaced; `_changed` is the one place where an edit in place will be decided, from the rules
that `compare` names.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pipelayer.definition.compare import Change, EditRule, changes
from pipelayer.definition.schedule import NoFutureSlot, move_start, schedules
from pipelayer.deploy import tags, words
from pipelayer.deploy.elect import Election
from pipelayer.deploy.facts import Facts, Options, Work
from pipelayer.model import Action, Kind, LivePipeline, PipelinePlan, PipelineState, Step, Verb
from pipelayer.project.pipeline import Pipeline

_RUNNING = frozenset(
    {PipelineState.SCHEDULED, PipelineState.ACTIVATING, PipelineState.VALIDATING, PipelineState.UNKNOWN}
)
MOST_TAGS = 10
"""Of one pipeline (AWS Data Pipeline API Reference, AddTags)."""

_PAUSED = frozenset({PipelineState.INACTIVE, PipelineState.DEACTIVATING})

_Decision = tuple[Kind, str, list[Step]]


def plan_pipeline(pipeline: Pipeline, facts: Facts, options: Options, now: datetime, commit: str) -> Work:
    """Decides what to do with one pipeline. Never looks at another one, never asks anybody."""
    name = aws_name(pipeline, facts)
    kind, reason, steps = _decide(pipeline, name, facts, options, now)
    if facts.live and facts.secrets_unknown(pipeline) and options.writes_definition:
        reason += f"; {words.UNCOMPARED}"
    if kind not in (Kind.HELD, Kind.REFUSED):
        steps += _sweep(
            facts.election,
            _leftover(facts, name, pipeline.definition_digest)
            if kind in (Kind.CREATE, Kind.REPLACE)
            else None,
        )
        if facts.claimed:
            steps.insert(0, Step(Action.CLAIM, "tag it as this pipeline", facts.claimed.id))
    plan = PipelinePlan(
        pipeline.key, name, kind, reason, tuple(steps), facts.live.id if facts.live else "", facts.live_state
    )
    return Work(plan, pipeline, facts, _final_state(pipeline, facts, options, kind, commit))


def aws_name(pipeline: Pipeline, facts: Facts) -> str:
    """The name in AWS, which can't rename: one that was carried over keeps its own unless `metadata.name`
    sets another.
    """
    carried = bool(pipeline.adopt or pipeline.moved_from) and not pipeline.named
    return facts.live.name if facts.live and carried else pipeline.name


def needs_definition(pipeline: Pipeline, facts: Facts, options: Options) -> bool:
    """Whether only the live definition can tell if, or how, this pipeline changed."""
    if not options.writes_definition or facts.live is None:
        return False
    same = tags.same(facts.recorded.definition, pipeline.definition_digest)
    return not same or facts.live.name != aws_name(pipeline, facts) or facts.secret_changed


def needs_listing(pipeline: Pipeline, facts: Facts, options: Options) -> bool:
    """Whether the bucket must be asked what it holds. The verb `upload` always looks."""
    if not options.writes_files or pipeline.input is None or not (pipeline.files or facts.live):
        return False
    return options.verb is Verb.UPLOAD or not tags.same(facts.recorded.files, pipeline.files_digest)


def phase_of(facts: Facts) -> datetime | None:
    """The start that a replacement of a FIRST_ACTIVATION_DATE_TIME schedule continues: the old pipeline's
    own.
    """
    if facts.live is None:
        return None
    written = [schedule.start for schedule in schedules(facts.definition)] if facts.definition else []
    return next((start for start in written if start), facts.live.first_run)


def _decide(pipeline: Pipeline, name: str, facts: Facts, options: Options, now: datetime) -> _Decision:
    if facts.refusal:
        return Kind.REFUSED, facts.refusal, []
    live = facts.live
    if live and (crowd := _crowd(pipeline, live)):
        return Kind.REFUSED, crowd, []
    files = _file_steps(facts)
    if not options.writes_definition or live is None:
        if options.writes_definition:
            return _create(pipeline, name, facts, options, now, files)
        return _kept(pipeline, facts, options, files, retag=False)
    found = _differences(pipeline, name, facts, now)
    if (found or files) and (resting := _resting(live)):
        what = words.listed(found or [words.upload(facts.upload)])
        return Kind.HELD, f"{what}, but {resting}", []
    if found:
        return _changed(pipeline, name, facts, options, now, files, found)
    recorded = tags.same(facts.recorded.definition, pipeline.definition_digest)
    return _kept(pipeline, facts, options, files, retag=not recorded)


def _kept(pipeline: Pipeline, facts: Facts, options: Options, files: list[Step], *, retag: bool) -> _Decision:
    """The definition stays. S3 is read by the next run, so new files need no new definition."""
    live = facts.live
    run = []
    if live and pipeline.on_demand and options.run_on_demand and options.writes_definition:
        run = [Step(Action.ACTIVATE, "run it, as asked", live.id)]
    if facts.claimed:
        done = [_record(facts.claimed)]
        steps = [*_mark(files, live), *files, *done, *run]
        return Kind.ADOPT, f"takes over {facts.claimed.id} with its id and history", steps
    if files:
        done = [_record(live)] if live else []
        return Kind.UPLOAD, words.upload(facts.upload), [*_mark(files, live), *files, *done, *run]
    tags_differ = (
        live is not None
        and options.writes_definition
        and any(live.tags.get(key) != value for key, value in pipeline.tags.items())
    )
    unrecorded = facts.upload is not None and not tags.same(facts.recorded.files, pipeline.files_digest)
    if live is None and pipeline.files:
        return Kind.UNCHANGED, "its files are in S3; the pipeline itself isn't in AWS yet", []
    if live and (retag or tags_differ or unrecorded):
        what = "its tags differ" if tags_differ else "only the record of it is written anew"
        return Kind.RETAG, f"AWS matches the files; {what}", [_record(live), *run]
    if run:
        return Kind.RUN, "on demand: run, as asked", run
    described = live is not None and options.writes_definition and live.description != pipeline.description
    unlike = " but for the description, which AWS can't change" if described else ""
    return Kind.UNCHANGED, f"AWS matches the files{unlike}", []


def _create(
    pipeline: Pipeline, name: str, facts: Facts, options: Options, now: datetime, files: list[Step]
) -> _Decision:
    if isinstance(move_start(pipeline.definition, now), NoFutureSlot):
        return Kind.REFUSED, words.NO_RUN_LEFT, []
    return Kind.CREATE, "not in AWS yet", [*files, *_creation(pipeline, name, facts, options)]


def _creation(pipeline: Pipeline, name: str, facts: Facts, options: Options) -> list[Step]:
    leftover = _leftover(facts, name, pipeline.definition_digest)
    target = leftover.id if leftover else ""
    whose = "the definition of the one that an earlier run left unfinished" if leftover else "its definition"
    steps = [] if leftover else [Step(Action.CREATE, "create the pipeline")]
    steps.append(Step(Action.PUT, f"save {whose}", target))
    if leftover or pipeline.on_demand:
        steps.append(Step(Action.RECORD, "record what is live now", target))
    if not pipeline.on_demand:
        steps.append(Step(Action.ACTIVATE, "activate it", target))
    elif options.run_on_demand:
        steps.append(Step(Action.ACTIVATE, "run it, as asked", target))
    return steps


def _changed(
    pipeline: Pipeline,
    name: str,
    facts: Facts,
    options: Options,
    now: datetime,
    files: list[Step],
    found: Sequence[str],
) -> _Decision:
    live = facts.live
    assert live is not None, "only what is live can differ"
    what = words.listed(found)
    if live.state is PipelineState.PENDING and pipeline.on_demand and name == live.name:
        # On demand and never run yet: before the first activation AWS allows any edit.
        put = [Step(Action.PUT, "save its definition", live.id)]
        run = [Step(Action.ACTIVATE, "run it, as asked", live.id)] if options.run_on_demand else []
        steps = [*_mark(put, live), *put, *files, _record(live), *run]
        return Kind.EDIT, f"{what}; it has never run, so its id stays", steps
    if facts.live_on_demand and not options.replace_on_demand:
        return (
            Kind.HELD,
            f"{what}, but others may start {live.id} by its id: replace-on-demand: true releases this",
            [],
        )
    if isinstance(move_start(pipeline.definition, now, phase=phase_of(facts)), NoFutureSlot):
        return Kind.REFUSED, words.NO_RUN_LEFT, []
    # What is stale goes once the new one lives: should AWS refuse it, the old one still finds what it runs.
    stale = [step for step in files if step.action is Action.REMOVE_STALE]
    sent = [step for step in files if step not in stale]
    creation = _creation(pipeline, name, facts, options)
    return Kind.REPLACE, what, [*_mark(files, live), *sent, *creation, *stale, *retirement(live)]


def _crowd(pipeline: Pipeline, live: LivePipeline) -> str:
    """Why the tags that it has and those that it gets don't fit together, "" where they do."""
    wanted = {tags.KEY, tags.STATE, *pipeline.tags}
    others = sorted(set(live.tags) - wanted - {tags.RETIRED})
    if len(wanted) + len(others) <= MOST_TAGS:
        return ""
    return (
        f"{live.id} has {len(others)} tags that the files don't ({', '.join(others)}), and a pipeline "
        f"may have {MOST_TAGS} in all: remove some in AWS"
    )


def _resting(live: LivePipeline) -> str:
    """Why a changed pipeline is left alone, and the word that releases it; "" where it is at work."""
    if live.state in _PAUSED:
        return f"{live.id} was paused by hand: activate it in AWS to release this"
    if live.state is PipelineState.FINISHED:
        return f"{live.id} has finished: delete it in AWS and the next deploy creates it anew"
    return ""


def _differences(pipeline: Pipeline, name: str, facts: Facts, now: datetime) -> list[str]:
    """How the live pipeline differs, in words: empty where it means the same as the files."""
    assert facts.live is not None, "only what is live can differ"
    renamed = Change("name", facts.live.name, name, EditRule.NAME)
    found = [words.change(renamed)] if facts.live.name != name else []
    if not tags.same(facts.recorded.definition, pipeline.definition_digest):
        if facts.definition is None:
            found.append("AWS holds no definition for it")
        else:
            different = changes(facts.definition, pipeline.definition, now)
            found += [words.change(change) for change in words.in_order(different)]
    if facts.secret_changed:
        found.append("a secret changed")
    return found


def _file_steps(facts: Facts) -> list[Step]:
    upload = facts.upload
    if upload is None or upload.empty:
        return []
    steps = []
    if upload.send:
        steps.append(Step(Action.UPLOAD, f"{words.sending(upload)} to {upload.location}"))
    if upload.stale:
        steps.append(Step(Action.REMOVE_STALE, words.removing(upload)))
    return steps


def _mark(writes: list[Step], live: LivePipeline | None) -> list[Step]:
    """Before anything live is written, its record says that a write is under way."""
    return [Step(Action.MARK, "mark it as being written", live.id)] if writes and live else []


def _leftover(facts: Facts, name: str, desired: str) -> LivePipeline | None:
    """An unfinished one that was made for just this definition. Any other may be one that another run is
    at.
    """
    for pipeline in facts.election.leftovers:
        state = tags.parse_state(pipeline.tags.get(tags.STATE))
        if pipeline.name == name and tags.same(state.definition, desired):
            return pipeline
    return None


def retirement(old: LivePipeline) -> list[Step]:
    """How one that has a successor, or is removed, goes: tagged, stopped, deleted once its running work has
    finished.
    """
    steps = [] if tags.RETIRED in old.tags else [Step(Action.RETIRE, "tag the old one as retired", old.id)]
    if old.state in _RUNNING:
        steps.append(Step(Action.DEACTIVATE, "stop the old one's schedule; running work finishes", old.id))
    return [*steps, Step(Action.DELETE, "delete the old one once its work has finished", old.id)]


def _sweep(election: Election, taken: LivePipeline | None) -> list[Step]:
    """What an earlier, interrupted run left behind."""
    steps = [step for old in election.retired for step in retirement(old)]
    unfinished = [pipeline for pipeline in election.leftovers if pipeline is not taken]
    return steps + [
        Step(Action.DELETE, "delete what an earlier run left unfinished", old.id) for old in unfinished
    ]


def _final_state(pipeline: Pipeline, facts: Facts, options: Options, kind: Kind, commit: str) -> tags.State:
    """What the live pipeline's tag will say: `upload` sets only the files' digest, `activate` only the
    definition's.
    """
    before = facts.recorded
    written = kind in (Kind.CREATE, Kind.REPLACE, Kind.EDIT)
    return tags.State(
        definition=pipeline.definition_digest if options.writes_definition else before.definition,
        files=pipeline.files_digest if options.writes_files else before.files,
        secrets=facts.secrets if written else before.secrets,
        commit=commit or tags.NEVER,
        saved=pipeline.on_demand if options.writes_definition else before.saved,
    )


def _record(live: LivePipeline) -> Step:
    return Step(Action.RECORD, "record what is live now", live.id)
