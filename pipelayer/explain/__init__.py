"""Every rule in words: its code, severity and title, why it is one, and an example of it broken and kept.

Comes in: a code. Goes out: its `Rule`. It is pure data; the rooms that find something know nothing of the
words. `python -m pipelayer.explain` prints the page `docs/rules.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from pipelayer.model import Severity

__all__ = ["DEFINITION", "Rule", "explain", "rules"]

DEFINITION = "pipeline_definition.json"


@dataclass(frozen=True)
class Rule:
    """One rule. `bad` and `good` are files by path; of a definition they show the part that matters.

    `«300 characters»` and the like stand for what is too long to print.
    """

    code: str
    severity: Severity
    title: str
    why: str
    bad: Mapping[str, str]
    good: Mapping[str, str]

    @property
    def fixed(self) -> bool:
        """Whether nobody can change its severity: AWS refuses what it finds, or Pipelayer can't deploy it."""
        return self.severity is Severity.ERROR


@lru_cache(maxsize=1)
def rules() -> Mapping[str, Rule]:
    """Every rule by its code, in the order of the codes. Read once, when first asked for."""
    import tomllib  # most runs ask for no rule
    from importlib.resources import files

    found: dict[str, Rule] = {}
    for file in files(__package__).joinpath("data").iterdir():
        if file.name.endswith(".toml"):
            for code, entry in tomllib.loads(file.read_text("utf-8")).items():
                found[code] = Rule(
                    code,
                    Severity(entry["severity"]),
                    entry["title"],
                    entry["why"],
                    _files(entry["bad"]),
                    _files(entry["good"]),
                )
    return dict(sorted(found.items()))


def explain(code: str) -> Rule | None:
    """The rule of this code, in upper or lower case; None where there is none."""
    return rules().get(code.strip().upper())


def _files(example: str | Mapping[str, str]) -> Mapping[str, str]:
    return {DEFINITION: example} if isinstance(example, str) else example
