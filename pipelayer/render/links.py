"""Addresses on the server that the report is published on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipelayer.model import Position
from pipelayer.render import escape


@dataclass(frozen=True)
class Links:
    """What the report doesn't know: where it is published. `now` is aware; empty text means no link."""

    server_url: str
    repository: str
    commit: str
    run_url: str
    now: datetime

    def line(self, at: Position) -> str:
        """The address of a line as it was at the commit."""
        return self._page("blob", f"{escape.url_path(at.path)}#L{max(at.line, 1)}")

    def commit_page(self) -> str:
        """The address of the commit."""
        return self._page("commit", "")

    def _page(self, kind: str, path: str) -> str:
        if not (self.server_url and self.repository and self.commit):
            return ""
        root = f"{self.server_url.rstrip('/')}/{escape.url_path(self.repository)}"
        return f"{root}/{kind}/{escape.url_path(self.commit)}{'/' if path else ''}{path}"
