"""Taking over a live pipeline: by `metadata.adopt`, or as what it was called before
(`metadata.moved-from`).
"""

from __future__ import annotations

from collections.abc import Collection

from pipelayer.deploy import tags
from pipelayer.deploy.elect import elect
from pipelayer.deploy.snapshot import Snapshot
from pipelayer.errors import PipelayerError
from pipelayer.model import LivePipeline
from pipelayer.project.pipeline import Pipeline


def claimed_by(pipeline: Pipeline, snapshot: Snapshot, configured: Collection[str]) -> LivePipeline | None:
    """The live pipeline that this one takes over, None where it claims none or nothing is there to take.

    Raises PipelayerError where the claim can't be met; `configured` holds the key tags that the project still
    has.
    """
    if pipeline.adopt:
        return _adopted(pipeline, snapshot, configured)
    for origin in pipeline.moved_from:
        live = elect(snapshot.under(tags.key_tag(origin)), pipeline.definition_digest).live
        if live and tags.key_tag(origin) in configured:
            raise PipelayerError(
                f"metadata.moved-from names {origin}, which the project still has",
                "Remove the old directory, or the moved-from.",
            )
        if live:
            return live
    return None


def _adopted(pipeline: Pipeline, snapshot: Snapshot, configured: Collection[str]) -> LivePipeline:
    wanted = pipeline.adopt
    standing = [
        one for one in snapshot.existing if tags.STUB not in one.tags and tags.RETIRED not in one.tags
    ]
    by_id = [one for one in standing if one.id == wanted]
    found = by_id or [one for one in standing if one.name == wanted]
    if not found:
        raise PipelayerError(
            f"metadata.adopt names {wanted!r}: no pipeline of this account and region has that id or name",
            "Check the spelling and the region, or remove the adopt.",
        )
    if len(found) > 1:
        ids = ", ".join(sorted(one.id for one in found))
        raise PipelayerError(
            f"metadata.adopt names {wanted!r}, which are several: {ids}", "Adopt one by its id."
        )
    owner = found[0].tags.get(tags.KEY, "")
    if owner in configured and owner != tags.key_tag(pipeline.key):
        raise PipelayerError(
            f"metadata.adopt names {wanted!r}, which belongs to {owner} of this project",
            "Remove the adopt, or the other directory.",
        )
    return found[0]
