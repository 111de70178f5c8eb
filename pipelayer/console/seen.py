"""One pipeline of a project beside what AWS has of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelayer.console.ports import Cloud
from pipelayer.deploy.elect import Election
from pipelayer.model import Finding, GroupInfo, Key, LivePipeline
from pipelayer.project.layout import Place
from pipelayer.project.pipeline import Pipeline


@dataclass(frozen=True)
class Seen:
    """One pipeline. `place` is None where the files no longer have it; `pipeline` also where they can't be
    read, and then `broken` says why. `claimed` is the live pipeline that its next deploy would take over.
    `stray`: its group is one that the configuration doesn't have, here or at all: a branch of before that
    group was made would take everything in it for gone.
    """

    key: Key
    where: GroupInfo
    cloud: Cloud
    election: Election = field(default_factory=Election)
    place: Place | None = None
    pipeline: Pipeline | None = None
    broken: Finding | None = None
    claimed: LivePipeline | None = None
    stray: bool = False

    @property
    def live(self) -> LivePipeline | None:
        """The one that counts, None where there is none."""
        return self.election.live or self.claimed

    @property
    def there(self) -> LivePipeline | None:
        """The one that counts, or else one that is on its way out and may still be at work."""
        return self.live or next(iter(self.election.leaving), None)

    @property
    def name(self) -> str:
        """What a person calls it."""
        if self.there:
            return self.there.name
        return self.pipeline.name if self.pipeline else self.key.directory

    @property
    def calls(self) -> frozenset[str]:
        """Every word that means it: directory, GROUP/DIRECTORY, key, its names in AWS, its id. A stray one is
        meant only by what can mean no other.
        """
        found = {f"{self.key.group}/{self.key.directory}", str(self.key)}
        if not self.stray:
            found |= {self.key.directory, self.name}
        if self.place:
            found.add(self.place.directory)
        if self.pipeline:
            found.add(self.pipeline.name)
        if self.there:
            found.add(self.there.id)
        return frozenset(found)
