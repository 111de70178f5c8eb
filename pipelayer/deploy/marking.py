"""The mark on a live pipeline that says that a write is under way: set before, and once more where something
was written, not everything, and somebody else was at it too.
"""

from __future__ import annotations

from pipelayer.deploy import tags
from pipelayer.deploy.elect import elect
from pipelayer.deploy.facts import Work
from pipelayer.deploy.hands import Hands
from pipelayer.deploy.snapshot import take_snapshot
from pipelayer.errors import PipelayerError
from pipelayer.model import Action


class Marking:
    """The mark of one pipeline's execution.

    A failure to set it once more changes no verdict: the next run of the same commit finds out what is open.
    """

    def __init__(self, work: Work, hands: Hands) -> None:
        self._work = work
        self._hands = hands
        self._aws = hands.cloud.pipelines
        self._claimed = False

    def mark(self, target: str) -> None:
        """What is about to be written is unknown from here on."""
        self._aws.add_tags(target, self._about)

    def claim(self, target: str) -> None:
        """The same on a pipeline that becomes ours by that."""
        self._claimed = True
        self._aws.add_tags(target, {**self._about, tags.KEY: tags.key_tag(self._work.plan.key)})

    @property
    def _about(self) -> dict[str, str]:
        return {tags.STATE: str(self._state()), tags.WRITER: self._work.state.writer}

    def _state(self) -> tags.State:
        before, facts = self._work.facts.recorded, self._work.facts
        claims = self._work.has(Action.CLAIM)
        puts = claims or self._work.takes(Action.PUT, self._work.plan.live_id)
        writes = claims or self._work.has(Action.UPLOAD) or self._work.has(Action.REMOVE_STALE)
        secret = puts and {before.secrets, facts.secrets} != {tags.NEVER}
        return tags.State(
            tags.UNKNOWN if puts else before.definition,
            tags.UNKNOWN if writes else before.files,
            tags.UNKNOWN if secret else before.secrets,
            before.commit,
            before.saved,
        )

    def give_back(self) -> None:
        """What was claimed and not written is its owner's again. A mere mark stays: somebody else's record
        may have been under it, and the next run compares.
        """
        live = self._work.facts.live
        if live is None or not self._claimed:
            return
        own = (tags.KEY, tags.STATE, tags.WRITER)
        before = {key: live.tags[key] for key in own if key in live.tags}
        try:
            if before:
                self._aws.add_tags(live.id, before)
            if new := [key for key in own if key not in before]:
                self._aws.remove_tags(live.id, sorted(new))
        except PipelayerError as problem:
            self._says(f"{live.id} stays claimed: {problem.message}")

    def keep(self) -> None:
        """Something was written, and not everything. Where another run was at it meanwhile, its record says
        otherwise: this makes it void.
        """
        writer, key = self._work.state.writer, tags.key_tag(self._work.plan.key)
        live_id = self._work.plan.live_id
        if not live_id:
            return
        try:
            found = self._aws.describe([live_id])
            live = next((one for one in found if tags.RETIRED not in one.tags), None)
            if live is None:
                live = elect(take_snapshot(self._aws).under(key), "").live
            if live and live.tags.get(tags.WRITER) != writer:
                self._aws.add_tags(live.id, {tags.WRITER: writer})
        except PipelayerError as problem:
            self._says(f"what was written in part could not be marked: {problem.message}")

    def _says(self, text: str) -> None:
        self._hands.journal.says(self._work.plan.key, text)
