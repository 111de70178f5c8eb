"""What the commands that make a project's files have in common."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelayer.aws.client import AwsCloud
    from pipelayer.run.starting import Prospect, Surroundings


class Ways:
    """How it is done: whether anybody can be asked, and AWS."""

    def __init__(self, yes: bool, dry_run: bool, aws: bool) -> None:
        from pipelayer.aws.credentials import credentials_present

        self.yes, self.dry_run = yes, dry_run
        self.asks = not yes and sys.stdin.isatty()
        self.aws = aws and credentials_present(os.environ)
        self.why_no_aws = "there are no credentials" if aws else "AWS is not asked, as wished"

    def connect(self, region: str) -> AwsCloud:
        from pipelayer.aws.client import connect

        return connect(region, os.environ)


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
