"""What each check comes to, and where everything lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = Path(__file__).parent / "node_modules"
GOLDEN = ROOT / "tests" / "render" / "golden"
LOCK = Path(__file__).parent / "package-lock.json"


@dataclass(frozen=True)
class Verdict:
    """What was looked at, in words, and one sentence for each problem."""

    what: str
    problems: tuple[str, ...] = ()

    def __str__(self) -> str:
        word = "FAILED" if self.problems else "ok"
        return "\n".join([f"{word:<7} {self.what}", *self.problems]).replace("\n", "\n        ")


def shown(path: Path) -> str:
    """A path as people name it: relative to the repository."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
