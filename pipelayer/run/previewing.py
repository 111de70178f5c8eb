"""What each plan means, for those who read the report: compared with what is live, or with the base."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pipelayer.definition.compare import Change, changes
from pipelayer.definition.editing import resume_at, runs_otherwise
from pipelayer.definition.flat import Definition
from pipelayer.definition.graph import graph
from pipelayer.definition.meaning import resources, runs, told
from pipelayer.definition.schedule import is_on_demand
from pipelayer.definition.secrecy import secrets_of
from pipelayer.deploy.facts import Case, Options, Work
from pipelayer.deploy.starts import to_save
from pipelayer.deploy.tags import key_tag
from pipelayer.errors import PipelayerError
from pipelayer.model import (
    Action,
    Against,
    FieldChange,
    FileChange,
    Key,
    Kind,
    LivePipeline,
    PipelinePlan,
    PipelineState,
    Preview,
    Runs,
    Subject,
)
from pipelayer.model.rewriting import rewritten
from pipelayer.project.layout import Place
from pipelayer.project.pipeline import Documents, Pipeline, load_pipeline
from pipelayer.project.tree import Tree
from pipelayer.project.uploads import UploadFile

_AT_REST = {
    PipelineState.PENDING: Runs(note="none, it was never activated"),
    PipelineState.INACTIVE: Runs(note="none, it is paused"),
    PipelineState.DEACTIVATING: Runs(note="none, it is paused"),
    PipelineState.FINISHED: Runs(note="none, it has finished"),
}


def previews(makers: Mapping[Key, Callable[[], Preview]]) -> tuple[Mapping[Key, Preview], tuple[str, ...]]:
    """All previews that can be made, and remarks on the others: what is only told keeps no deploy back, even
    where we have made a mistake.
    """
    made: dict[Key, Preview] = {}
    failed = []
    for key, make in makers.items():
        try:
            made[key] = make()
        except Exception as bug:
            failed.append(
                f"What changes in {key.directory} can't be shown, by a mistake of Pipelayer's own "
                f"({type(bug).__name__}). Its plan is not touched by that. Please report it."
            )
    return made, tuple(failed)


def without_secrets(plan: PipelinePlan, hide: Callable[[str], str]) -> PipelinePlan:
    """The plan with `hide` done to whatever it quotes from definitions."""
    preview = plan.preview
    if preview:
        changes = tuple(
            replace(one, before=hide(one.before), after=hide(one.after)) for one in preview.changes
        )
        preview = replace(preview, changes=changes, resources=rewritten(preview.resources, hide))
    return replace(plan, reason=hide(plan.reason), preview=preview)


def against_live(work: Work, options: Options, now: datetime, tree: Tree) -> Preview:
    """What the plan of one pipeline means, beside what is live under its key."""
    pipeline, facts = work.pipeline, work.facts
    live, wanted = facts.live, pipeline.definition
    if not options.writes_definition:
        return _of_files(work, now, tree)
    before = (facts.definition or wanted) if live else None
    found: tuple[Change, ...] = ()
    if before and not facts.refusal:  # else nobody went on asking
        found = tuple(Case(pipeline, facts, options, now).differences())
    runs_before = _of_live(live, before, now) if live and before else Runs()
    idle = work.plan.kind in (Kind.UNCHANGED, Kind.RETAG)
    return Preview(
        against=Against.LIVE if live else Against.NOTHING,
        changes=(*told(found, before, wanted), *_tags(live, pipeline)) if live and before else (),
        files=tuple(_sent(work, tree)),
        files_compared=facts.upload is None or facts.upload.compared,
        runs_before=runs_before,
        runs_after=_then(work, now) if work.has(Action.CREATE) or work.has(Action.ACTIVATE) else runs_before,
        resources=() if idle else resources(before, wanted),
        graph=None if idle else graph(wanted, before, _objects(found)),
    )


def _tags(live: LivePipeline, pipeline: Pipeline) -> Iterator[FieldChange]:
    """The users' tags that will be written."""
    for key, value in pipeline.tags.items():
        if live.tags.get(key) != value:
            yield FieldChange(
                f"tags.{key}", live.tags.get(key, ""), value, subject=Subject.PIPELINE, name=key
            )


def _of_live(live: LivePipeline, definition: Definition, now: datetime) -> Runs:
    if is_on_demand(definition):
        return runs(definition, now)
    return _AT_REST.get(live.state) or runs(definition, now, live.first_run)


def _then(work: Work, now: datetime) -> Runs:
    """When what will be saved runs. Without a definition to save it is the one that is wanted."""
    facts, wanted, new = work.facts, work.pipeline.definition, work.has(Action.CREATE)
    saved = to_save(facts, wanted, now, new=new) if work.has(Action.PUT) else ()
    put = saved[0].definition if saved else wanted
    moves = not new and facts.active is not None and runs_otherwise(facts.active, wanted)
    resume = resume_at(put, now, facts.phase, skip_current=True) if moves else None
    return runs(put, now, facts.phase, resume)


def _of_files(work: Work, now: datetime, tree: Tree) -> Preview:
    """What an upload means. Nobody looks at the definition, so only AWS knows when it runs."""
    live = work.facts.live
    next_run = live.next_run if live and live.next_run and live.next_run > now else None
    running = Runs((next_run,) if next_run else ())
    return Preview(
        against=Against.LIVE if live else Against.NOTHING,
        files=tuple(_sent(work, tree)),
        runs_before=running,
        runs_after=running,
    )


def _sent(work: Work, tree: Tree) -> Iterator[FileChange]:
    upload = work.facts.upload
    if upload is None or not upload.compared:
        return
    for file in upload.send:
        yield FileChange(file.relative, upload.stored.get(file.destination), _size(tree, file.source))
    for key in upload.stale:
        yield FileChange(key.removeprefix(upload.location.prefix), upload.stored.get(key), None)


def _size(tree: Tree, path: str) -> int:
    known = tree.entries[path].size
    return known if known is not None else len(tree.read(path))


class Bases:
    """The pipelines of the base, read as they are asked for. `places` are theirs by key tag; `learn` hears
    of each definition, which may hold secrets.
    """

    def __init__(self, tree: Tree, places: Mapping[str, Place], learn: Callable[[Definition], None]) -> None:
        self._tree = tree
        self._places = places
        self._learn = learn
        self._documents = Documents(tree)

    def preview(self, pipeline: Pipeline, tree: Tree, now: datetime) -> Preview:
        """What the files change, where AWS wasn't asked; `tree` is the pipeline's own."""
        place = self._places.get(key_tag(pipeline.key))
        old = self._pipeline(place) if place else None
        wanted = pipeline.definition
        after = runs(wanted, now)
        if place and old is None:
            return Preview(Against.UNREADABLE, files_compared=False, runs_after=after, graph=graph(wanted))
        files = self._files(old.files if old else (), pipeline.files, tree)
        if old is None:
            return Preview(
                files=files or (),
                runs_after=after,
                resources=resources(None, wanted),
                graph=graph(wanted),
            )
        self._learn(old.definition)
        found = changes(old.definition, wanted, now)
        return Preview(
            against=Against.BASE,
            changes=told(found, old.definition, wanted),
            files=files or (),
            files_compared=files is not None,
            runs_before=runs(old.definition, now),
            runs_after=after,
            resources=resources(old.definition, wanted),
            graph=graph(wanted, old.definition, _objects(found)),
        )

    def with_secrets(self, live: Callable[[], Preview], pipeline: Pipeline) -> Preview:
        """A preview with the secrets that git shows to come from elsewhere now, which AWS can't tell."""
        preview = live()
        place = self._places.get(key_tag(pipeline.key))
        old = self._pipeline(place) if place else None
        if old is None or preview.against is not Against.LIVE:
            return preview
        self._learn(old.definition)
        before, after = secrets_of(old.definition), secrets_of(pipeline.definition)
        changed = [name for name in before if name in after and before[name] != after[name]]
        found = [
            FieldChange(place, "(secret)", "(another secret)", subject=Subject.PIPELINE) for place in changed
        ]
        return replace(preview, changes=(*preview.changes, *found)) if found else preview

    def _pipeline(self, place: Place) -> Pipeline | None:
        try:
            return load_pipeline(self._tree, place, self._documents)[0]
        except PipelayerError:
            return None  # a partial clone fetches as it reads, and may not get it

    def _files(
        self, old: Sequence[UploadFile], new: Sequence[UploadFile], tree: Tree
    ) -> tuple[FileChange, ...] | None:
        """The files that differ, None where they can't be had: a partial clone fetches as it reads."""
        before = {file.relative: file for file in old}
        after = {file.relative: file for file in new}
        found = []
        for path in sorted({*before, *after}):
            one, other = before.get(path), after.get(path)
            if one and other and one.id == other.id:
                continue
            try:
                was = _size(self._tree, one.source) if one else None
                found.append(FileChange(path, was, _size(tree, other.source) if other else None))
            except PipelayerError:
                return None
        return tuple(found)


def _objects(found: Sequence[Change]) -> frozenset[str]:
    """The objects that changes are about."""
    return frozenset(one.name for one in found if one.subject is Subject.OBJECT)
