"""What the commands that make a project's files have in common."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipelayer.commands.asking import can_ask

if TYPE_CHECKING:
    from pipelayer.console.ports import Cloud
    from pipelayer.run.starting import Prospect, Surroundings


class Ways:
    """How it is done: whether anybody can be asked, and AWS."""

    def __init__(self, yes: bool, dry_run: bool, aws: bool) -> None:
        from pipelayer.aws.credentials import credentials_present

        self.yes, self.dry_run = yes, dry_run
        self.asks = not yes and can_ask()
        self.aws = aws and credentials_present(os.environ)
        self.why_no_aws = "there are no credentials" if aws else "AWS is not asked, as wished"

    def connect(self, region: str) -> Cloud:
        """AWS in a region. Ctrl-C ends these commands by itself, so nobody tells the calls to stop."""
        from pipelayer.run.outside import connector

        return connector(os.environ, lambda: False)(region)


def preview(place: Surroundings, prospect: Prospect) -> Iterator[str]:
    """What would be written, and what is there."""
    from pipelayer.project.new_files import State

    words = {
        State.NEW: "new",
        State.SAME: "there already",
        State.DIFFERS: "stays as it is: another one is there",
    }
    yield f"In {place.root}:"
    width = max(len(one.path) for one in prospect.planned)
    for one in prospect.planned:
        yield f"  {one.path:{width}}  {words[one.state]}"
