"""What a run says to GitHub: log, annotations, outputs, step summary, report file and comment.

None of it can fail the run: what can't be said in one place is said in the log.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pipelayer.github.bugs import confess
from pipelayer.github.commands import Log, Output, append_summary, json_output, write_output
from pipelayer.github.commenting import Commenting, Server
from pipelayer.github.event import Event
from pipelayer.github.files import write_new, write_report
from pipelayer.github.inputs import Inputs
from pipelayer.model import OutcomeResult, Report, Result, Verb
from pipelayer.model.report_json import report_to_json
from pipelayer.render.annotations import Annotation
from pipelayer.render.annotations import annotations as annotations_of
from pipelayer.render.links import Links
from pipelayer.render.markdown import SUMMARY_BUDGET, step_summary
from pipelayer.render.masking import Shown, accounts_in, without_accounts
from pipelayer.render.terminal import terminal_report
from pipelayer.render.words import count

_MOST_OUTPUT = 200_000
"""Characters of one list: all outputs of a job share 1 MB of UTF-16."""


@dataclass(frozen=True)
class Audience:
    """Where the answer goes. `server` makes the client of GitHub's API when it is first needed.

    `accounts` are the AWS accounts that are known beside those that a report names.
    """

    environ: Mapping[str, str]
    log: Log
    inputs: Inputs
    event: Event
    pushed: tuple[str, ...]
    now: datetime
    sleep: Callable[[float], None]
    server: Callable[[], Server]
    accounts: Callable[[], Iterable[str]] = tuple

    def answer(self, report: Report, read: Callable[[str], bytes | None]) -> None:
        """Says everything. `read` gives a file's bytes for the lines that findings point at.

        A run that was stopped writes no SARIF: code scanning would take what it didn't look at for mended.
        """
        report = self.without_accounts(report)
        self._record(report)
        if self.inputs.sarif_file and not report.stopped:
            self.attempt("Writing the SARIF file", lambda: self._write_sarif(report, read))
        self._tell(report, read)
        self._comment(report)

    def answer_in_haste(self, report: Report) -> None:
        """Says what can be said in a moment, waiting for no other thread: any of them may hang. Then tries
        to comment, for as long as there is time.

        Without the lines of files, which git is asked for, and without SARIF. Of a push's commits, the last
        alone says which pull requests.
        """
        hasty = replace(self, log=self.log.in_haste(), pushed=())
        report = hasty.without_accounts(report)
        hasty._record(report)
        hasty.log.unfold()
        hasty._tell(report, lambda path: None)
        hasty._comment(report)

    def _comment(self, report: Report) -> None:
        """The last of all, since GitHub may take long to answer, or for ever."""
        self.attempt("Commenting", lambda: self.write({Output.COMMENT_URL: self._talk().comment(report)}))

    def without_accounts(self, shown: Shown) -> Shown:
        """A report or a status as it may be shown. What the log repeats of files and of AWS is the runner's
        to hide.
        """
        if not self.inputs.mask_aws_account_id:
            return shown
        known = accounts_in(shown, self.accounts())
        for account in sorted(known):
            self.log.mask(account)
        return without_accounts(shown, known)

    def _talk(self) -> Commenting:
        return Commenting(
            log=self.log,
            inputs=self.inputs,
            event=self.event,
            pushed=self.pushed,
            links=self.links(),
            sleep=self.sleep,
            server=self.server,
        )

    def _record(self, report: Report) -> None:
        """What outlasts the run, and so comes first."""
        self.attempt("Writing the outputs", lambda: self.write(outputs_of(report)))
        self.attempt("Writing the report file", lambda: self._write_report(report))
        self.attempt("Writing the step summary", lambda: self._summarize(report))

    def _tell(self, report: Report, read: Callable[[str], bytes | None]) -> None:
        self.attempt("Writing the log", lambda: self._tell_selection(report))
        self.attempt("Writing the log", lambda: self.log.lines(terminal_report(report, sources=read)))
        self.attempt("Annotating", lambda: self.annotate(annotations_of(report)))

    def attempt(self, what: str, act: Callable[[], None]) -> None:
        """Does it; what can't be done is said in the log, and costs nothing else."""
        try:
            act()
        except OSError as problem:
            self.log.line(f"{what} failed: {problem.strerror or problem}.")
        except Exception as bug:
            confess(bug, what, self.log, self.environ)

    def _tell_selection(self, report: Report) -> None:
        """Why each pipeline is one of this run's. Folded: nobody asks until one is missing, or too many."""
        items = report.selection.items
        if items:
            with self.log.group(f"Selected: {count(len(items), 'pipeline')}"):
                for item in items:
                    why = ", ".join(reason.value for reason in item.reasons)
                    self.log.line(f"{item.key.group}/{item.key.directory}: {why}")

    def annotate(self, annotations: Iterable[Annotation]) -> None:
        """Shows annotations."""
        for annotation in annotations:
            self.log.annotate(
                annotation.level,
                annotation.message,
                path=annotation.path,
                line=annotation.line,
                column=annotation.column,
                title=annotation.title,
            )

    def _summarize(self, report: Report) -> None:
        links = self.links()
        self.summarize(lambda room: step_summary(report, context=links, budget=min(SUMMARY_BUDGET, room)))

    def summarize(self, write: Callable[[int], str]) -> None:
        """Appends to the step summary what `write` makes for so many bytes."""
        path = self.environ.get("GITHUB_STEP_SUMMARY", "")
        if path and not append_summary(Path(path), write):
            self.log.line("No step summary: what this job has written there already leaves no room.")

    def links(self) -> Links:
        """Where this run and its commit are shown."""
        event = self.event
        run = f"{event.server_url}/{event.repository}/actions/runs/{event.run_id}" if event.run_id else ""
        commit = event.pull_request.head_sha if event.pull_request else event.sha
        return Links(event.server_url, event.repository, commit, run, self.now)

    def write(self, values: Mapping[Output, str]) -> None:
        """Writes outputs. May raise OSError."""
        path = self.environ.get("GITHUB_OUTPUT", "")
        for name, value in values.items():
            if len(value) > _MOST_OUTPUT:
                self.log.line(
                    f"The output {name} is too long for GitHub and left empty; the report file has it."
                )
            if path:
                write_output(Path(path), name, value if len(value) <= _MOST_OUTPUT else "")

    def _write_report(self, report: Report) -> None:
        self.write({Output.REPORT_FILE: self.new_file(report_to_json(report))})

    def new_file(self, document: Mapping[str, object]) -> str:
        """Writes a document for the job's later steps; gives its path. May raise OSError."""
        text = json.dumps(document, indent=2, ensure_ascii=True) + "\n"
        return write_report(text, self.environ.get("GITHUB_WORKSPACE") or ".")

    def _write_sarif(self, report: Report, read: Callable[[str], bytes | None]) -> None:
        from pipelayer.render.sarif import sarif

        write_new(sarif(report, read), self.environ.get("GITHUB_WORKSPACE") or ".", self.inputs.sarif_file)


def outputs_of(report: Report) -> dict[Output, str]:
    """The outputs that the report decides."""
    bad = {OutcomeResult.FAILED, OutcomeResult.INVALID}
    return {
        Output.CHANGED: json_output([str(item.key) for item in report.selection.items]),
        Output.CHANGED_COUNT: str(len(report.selection.items)),
        Output.UPLOADED: json_output([o.key for o in report.outcomes if o.uploaded or o.removed]),
        Output.ACTIVATED: json_output([o.key for o in report.outcomes if o.activated]),
        Output.FAILED: json_output([o.key for o in report.outcomes if o.result in bad]),
        Output.RESULT: report.result.value,
    }


def nothing_done(result: Result) -> dict[Output, str]:
    """The outputs of a run that ended before there was a report."""
    return outputs_of(Report(Verb.VALIDATE, result))
