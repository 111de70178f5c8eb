"""A report that grows with its run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelayer.changes.base import Compared
from pipelayer.deploy.ledger import Ledger
from pipelayer.deploy.sweep import NOT_DELETED
from pipelayer.errors import PipelayerError
from pipelayer.model import Report, Result, Verb
from pipelayer.run import ending, verdicts

if TYPE_CHECKING:
    from pipelayer.run.ports import Ports
    from pipelayer.run.request import Request


class Draft:
    """What a run is asked, what it acts through, and its report so far: a failure until it says otherwise."""

    def __init__(self, request: Request, ports: Ports) -> None:
        self.request = request
        self.ports = ports
        self.ledger = Ledger(ports.journal)
        base = ports.compared.commit if isinstance(ports.compared, Compared) else ""
        self.report = Report(request.verb, Result.FAILURE, ports.tree.commit, base, dry_run=request.dry_run)

    def set(self, **changes: object) -> None:
        """Gives fields of the report other values."""
        self.report = replace(self.report, **changes)  # type: ignore[arg-type]

    def note(self, sentence: str) -> None:
        """Says something that is no finding."""
        self.set(notes=(*self.report.notes, sentence))

    def finish(self, result: Result, exit_code: int | None = None) -> None:
        """Says how the run ended; without an exit code, as the result has it."""
        code = exit_code if exit_code is not None else int(result is Result.FAILURE)
        self.set(result=result, exit_code=code)

    def fail(self, problem: PipelayerError) -> None:
        """Ends it with a problem, at its place where it has one."""
        self.set(error=problem.message, error_hint=problem.hint)
        self.set(findings=(*self.report.findings, *verdicts.placed(problem)))
        self.finish(Result.FAILURE, problem.exit_code)

    def cut_short(self, problem: PipelayerError) -> Report:
        """The report if the run ends here and now, completed from what is known; the draft stays as it is.

        Another thread may ask while the run's own hangs: nothing here waits for it.
        """
        report, left = self.report, self.ledger.undeleted
        unfinished = (f"{', '.join(left)} {NOT_DELETED}.",) if left else ()
        return replace(
            report,
            result=Result.FAILURE,
            outcomes=ending.outcomes(report, self.request, self.ledger),
            notes=(*report.notes, *unfinished),
            error=problem.message,
            error_hint=problem.hint,
            exit_code=problem.exit_code,
        )


def failed(verb: Verb, problem: PipelayerError, commit: str = "", *, dry_run: bool = False) -> Report:
    """The report of a run that could not begin."""
    return Report(
        verb,
        Result.FAILURE,
        commit,
        error=problem.message,
        error_hint=problem.hint,
        exit_code=problem.exit_code,
        dry_run=dry_run,
    )
