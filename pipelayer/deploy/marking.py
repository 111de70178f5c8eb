"""The mark on a live pipeline that says that a write is under way: set before, taken back where nothing was
written, and set once more where something was written while somebody else was at it too.
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

    A failure to take it back, or to set it once more, changes no verdict: the next run of the same commit
    finds out what is open.
    """

    def __init__(self, work: Work, hands: Hands) -> None:
        self._work = work
        self._hands = hands
        self._aws = hands.cloud.pipelines
        self._written: frozenset[str] = frozenset()

    def mark(self, target: str) -> None:
        """What is about to be written is unknown from here on."""
        self._set(target, self._about)

    def claim(self, target: str) -> None:
        """The same on a pipeline that becomes ours by that."""
        self._set(target, {**self._about, tags.KEY: tags.key_tag(self._work.plan.key)})

    @property
    def _about(self) -> dict[str, str]:
        return {tags.STATE: str(self._state()), tags.WRITER: self._work.state.commit}

    def _set(self, target: str, about: dict[str, str]) -> None:
        self._written = frozenset(about)
        self._aws.add_tags(target, about)

    def _state(self) -> tags.State:
        before = self._work.facts.recorded
        claims = self._work.has(Action.CLAIM)
        puts = any(step.action is Action.PUT and step.target for step in self._work.plan.steps)
        writes = self._work.has(Action.UPLOAD) or self._work.has(Action.REMOVE_STALE)
        return tags.State(
            tags.UNKNOWN if puts or claims else before.definition,
            tags.UNKNOWN if writes or claims else before.files,
            before.secrets,
            before.commit,
            before.saved,
        )

    def take_back(self) -> None:
        """The live pipeline's tags say again what they said before: nothing else was written."""
        live = self._work.facts.live
        if live is None or not self._written:
            return
        before = {key: live.tags[key] for key in self._written if key in live.tags}
        try:
            if before:
                self._aws.add_tags(live.id, before)
            if new := self._written - before.keys():
                self._aws.remove_tags(live.id, sorted(new))
        except PipelayerError as problem:
            self._says(f"{live.id} stays marked: {problem.message}")

    def keep(self) -> None:
        """Something was written, and not everything. Where another run was at it meanwhile, its record says
        otherwise: this makes it void.
        """
        commit, key = self._work.state.commit, tags.key_tag(self._work.plan.key)
        live_id = self._work.plan.live_id
        try:
            found = self._aws.describe([live_id]) if live_id else ()
            live = next((one for one in found if tags.RETIRED not in one.tags), None)
            if live is None:
                live = elect(take_snapshot(self._aws).under(key), "").live
            if live and live.tags.get(tags.WRITER) != commit:
                self._aws.add_tags(live.id, {tags.WRITER: commit})
        except PipelayerError as problem:
            self._says(f"what was written in part could not be marked: {problem.message}")

    def _says(self, text: str) -> None:
        self._hands.journal.says(self._work.plan.key, text)
