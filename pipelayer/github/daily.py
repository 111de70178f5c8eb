"""What a daily look says to GitHub: log, annotations, outputs, step summary, status file, and the one issue.

None of it can fail the run. Its exit code is 0 where an issue tells what is wrong, whether GitHub took the
issue or not: a workflow that is red each morning is soon looked at by nobody. It is 1 where something is
wrong and no issue is meant to tell it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import assert_never

from pipelayer.errors import UsageError
from pipelayer.github.answer import Audience, nothing_done
from pipelayer.github.commands import Output, json_output
from pipelayer.github.event import Event
from pipelayer.github.inputs import Inputs, IssueMode
from pipelayer.github.issue import Act, named
from pipelayer.github.issue_keeping import Issues, Kept, Page, keep
from pipelayer.github.marker import Kind, Marker
from pipelayer.model import Result
from pipelayer.model.status import Reason, Status
from pipelayer.model.status_json import status_to_json
from pipelayer.render import escape
from pipelayer.render.annotations import Level, reasons_as_annotations
from pipelayer.render.markdown import COMMENT_BUDGET, SUMMARY_BUDGET
from pipelayer.render.status_markdown import status_markdown
from pipelayer.render.status_terminal import terminal_status
from pipelayer.run.request import AskAws, Choice

_LONGEST_TITLE = 200
"""Characters; GitHub takes 256."""


def as_a_look(inputs: Inputs) -> Inputs:
    """The inputs as a look takes them: `changed` is no question here. Raises UsageError where AWS must not be
    asked.
    """
    if inputs.aws is AskAws.NEVER:
        raise UsageError("`command: status` asks AWS, and `aws` is `never`.", "Leave out `aws`.")
    return replace(inputs, choice=Choice.ALL) if inputs.choice is Choice.CHANGED else inputs


def no_issue(inputs: Inputs, event: Event) -> str:
    """Why this run keeps no issue, empty where it does: what people wrote decides it, and no answer of
    GitHub's.
    """
    if inputs.issue is IssueMode.NEVER:
        return "`issue: never`."
    if not event.on_default_branch:
        return f"it tells how the default branch stands, and this run is about {event.ref or event.title}."
    if inputs.dry_run:
        return "`dry-run` writes none."
    if not inputs.github_token:
        return "the input `github-token` is empty."
    return ""


def exit_code(status: Status, inputs: Inputs, event: Event) -> int:
    """0 where all is well, or where an issue tells that it isn't; else 1."""
    return 0 if status.well or not no_issue(inputs, event) else status.exit_code


@dataclass(frozen=True)
class Daily:
    """One look, told to everybody. `issues` makes the client when it is first needed."""

    audience: Audience
    issues: Callable[[], Issues]

    def tell(self, status: Status) -> None:
        """Says everything; the issue last, since GitHub may take long to answer."""
        shown = self.audience.without_accounts(status)
        say = self.audience.attempt
        say("Writing the outputs", lambda: self.audience.write(_outputs(shown)))
        say("Writing the status file", lambda: self._write_file(shown))
        say("Writing the step summary", lambda: self._summarize(shown))
        say("Writing the log", lambda: self.audience.log.lines(terminal_status(shown, whole=True)))
        say("Annotating", lambda: self.audience.annotate(reasons_as_annotations(shown)))
        say("Keeping the issue", lambda: self._issue(shown))

    def _write_file(self, status: Status) -> None:
        self.audience.write({Output.REPORT_FILE: self.audience.new_file(status_to_json(status))})

    def _summarize(self, status: Status) -> None:
        self.audience.summarize(lambda room: self._markdown(status, min(SUMMARY_BUDGET, room)))

    def _markdown(self, status: Status, budget: int) -> str:
        event = self.audience.event
        return status_markdown(
            status, server_url=event.server_url, repository=event.repository, budget=budget
        )

    # ---- the issue

    def _issue(self, status: Status) -> None:
        log, inputs = self.audience.log, self.audience.inputs
        why = no_issue(inputs, self.audience.event)
        if why:
            log.line(f"No issue: {why}")
            return
        marker = self._marker(status)
        room = COMMENT_BUDGET - len(str(marker)) - 1
        troubles = {_trouble(reason): _line(reason) for reason in status.reasons}
        page = Page(self._title(), self._text(status, room), troubles)
        kept = keep(self.issues(), marker, page, sleep=self.audience.sleep)
        self.audience.write({Output.ISSUE_URL: kept.url})
        self._say(kept)

    def _say(self, kept: Kept) -> None:
        log = self.audience.log
        match kept.act:
            case None:
                log.annotate(Level.WARNING, f"No issue tells of this: {kept.problem}", title="Pipelayer")
            case Act.YIELD:
                log.line(f"The issue is left alone: {kept.problem}")
            case Act.NOTHING:
                log.line("No issue is needed.")
            case Act.OPEN | Act.REWRITE | Act.REOPEN | Act.CLOSE | Act.KEEP:
                log.line(f"Issue {kept.act}: {kept.url}")
            case _:
                assert_never(kept.act)
        if kept.remark:
            log.line(kept.remark)

    def _marker(self, status: Status) -> Marker:
        """The digest leaves out what each run says anew."""
        inputs, event = self.audience.inputs, self.audience.event
        text = self._markdown(status, COMMENT_BUDGET)
        return Marker(
            kind=Kind.STATUS,
            directory=inputs.working_directory,
            config=inputs.config,
            group=_scope(inputs),
            commit=event.sha,
            run=int(event.run_id) if event.run_id.isdigit() else 0,
            attempt=event.run_attempt,
            digest=sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32],
            quiet=status.well,
            said=named(map(_trouble, status.reasons)),
        )

    def _text(self, status: Status, room: int) -> str:
        run = self.audience.links().run_url
        by = escape.link("the run that wrote this", run) if run else "Pipelayer"
        foot = (
            f"<sub>Kept up to date by {by}. It is closed once all is well. "
            "Close it yourself, and it stays closed until something else is wrong.</sub>\n"
        )
        return f"{self._markdown(status, room - len(foot.encode()) - 1)}\n{foot}"

    def _title(self) -> str:
        """What people wrote in the workflow tells several apart. It is never rewritten, so they may change
        it.
        """
        inputs = self.audience.inputs
        scope, folder = _scope(inputs), inputs.working_directory
        title = "Pipelines that need somebody"
        title += f" in {folder}" if folder else ""
        title += f": {scope}" if scope else ""
        return escape.one_line(title)[:_LONGEST_TITLE]


def _scope(inputs: Inputs) -> str:
    """Which of the project's pipelines the look is about, empty for all."""
    return " ".join(filter(None, [",".join(inputs.groups), ",".join(inputs.pipelines)]))


def _trouble(reason: Reason) -> str:
    """By what it is the same trouble tomorrow: not by its words, which name the run that failed last."""
    return f"{reason.key} {reason.trouble.value}"


def _line(reason: Reason) -> str:
    place = escape.code(f"{reason.key.group}/{reason.key.directory}")
    mends = f" 💡 {escape.code(reason.command)}" if reason.command else ""
    return f"{place}: **{reason.trouble.value}**. {escape.prose(reason.sentence)}{mends}"


def _outputs(status: Status) -> dict[Output, str]:
    result = Result.SUCCESS if status.well else Result.FAILURE
    if not status.pipelines and status.well:
        result = Result.NOTHING_TO_DO
    unwell = [str(one.key) for one in status.pipelines if not one.well]
    return {**nothing_done(result), Output.FAILED: json_output(unwell)}
