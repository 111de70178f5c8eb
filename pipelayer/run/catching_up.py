"""What joins a selection although the change doesn't touch it: what an earlier run left undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pipelayer.changes.select import selected
from pipelayer.deploy.stage import Stage
from pipelayer.model import Reason, Selected, Selection
from pipelayer.project.pipeline import Pipeline
from pipelayer.run.head import Head


def catch_ups(
    head: Head, stages: Sequence[Stage], pipelines: Sequence[Pipeline], *, live_decides: bool
) -> Iterator[Selected]:
    """Each pipeline whose live state differs from the files, and each whose files can't be read: else one
    that was broken once would be passed over from then on.

    Where that is all there is to go by (`live_decides`) and AWS can't be asked about a group, all of the
    group's.
    """
    asked = {stage.group.name for stage in stages}
    names = {pipeline.key: pipeline.name for pipeline in pipelines}
    late = {pipeline.key for stage in stages for pipeline in stage.differing()}
    for place in head.places:
        name = names.get(place.key, "")
        if place.key.group not in asked:
            if live_decides:
                yield selected(place, Reason.ALL, name=name)
        elif place.key in late or place.key not in names:
            yield selected(place, Reason.CATCH_UP, name=name)


def joined(selection: Selection, late: Iterable[Selected]) -> Selection:
    """The selection with those that it lacks, in the order of their keys."""
    found = {item.key: item for item in (*late, *selection.items)}
    return replace(selection, items=tuple(found[key] for key in sorted(found)))
