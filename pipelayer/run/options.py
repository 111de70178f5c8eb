"""What a program may say of a run beside what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from pipelayer.definition.suggest import did_you_mean
from pipelayer.run.request import AskAws, FailOn, ReplaceOrder, UnknownBase


class RunOptions(TypedDict, total=False):
    """What every verb takes; the names and defaults are those of the action's inputs.

    `changed_since`: a commit, branch or tag; only pipelines that differ from it. `on_unknown_base`: `all` or
    `fail`. `run_on_demand`, `replace_on_demand`, `prune`, `cancel_running`, `dry_run`: false.
    `respect_paused`: true. `replace`: `create-first` or `delete-first`. `secret_salt`: with it a changed
    secret counts as a change. `fail_on`: `error` or `warning`. `aws`: `auto`, `required` or `never`.
    `concurrency`: 8 pipelines at once.
    """

    changed_since: str
    on_unknown_base: UnknownBase | str
    run_on_demand: bool
    replace_on_demand: bool
    respect_paused: bool
    cancel_running: bool
    replace: ReplaceOrder | str
    prune: bool
    secret_salt: str
    fail_on: FailOn | str
    dry_run: bool
    aws: AskAws | str
    concurrency: int


def check(options: Mapping[str, object]) -> None:
    """Raises TypeError for an option that there is not, ValueError for a value that one can't have."""
    known = RunOptions.__annotations__
    for name in options:
        if name not in known:
            hint = did_you_mean(name, known, f"There are {', '.join(known)}.")
            raise TypeError(f"There is no option {name!r}. {hint}")
    concurrency = options.get("concurrency", 1)
    if not isinstance(concurrency, int) or concurrency < 1:
        raise ValueError(f"`concurrency` is {concurrency!r}, and must be a whole number from 1 on.")
