"""The action: reads what the runner says, has it done, answers. The exit code is the run's alone."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from pipelayer.aws.clock import SystemClock
from pipelayer.changes.base import NoBase
from pipelayer.changes.git import Repository
from pipelayer.changes.ids import is_commit_id
from pipelayer.errors import PipelayerError, UsageError
from pipelayer.github.answer import Audience, nothing_done
from pipelayer.github.bugs import as_problem, confess, tell_details, tell_the_unheard
from pipelayer.github.commands import Log, write_output
from pipelayer.github.decide import Look, NothingToDo, Refusal, Run, decide, orders
from pipelayer.github.event import Event, load_payload, read_event
from pipelayer.github.inputs import Inputs, read_inputs
from pipelayer.github.journal import LibraryLines, LogJournal
from pipelayer.github.workspace import as_far_as_had, folder_of, open_repository
from pipelayer.model import Report, Result, Verb
from pipelayer.project.config import load_config
from pipelayer.project.tree import Tree
from pipelayer.render.annotations import Level
from pipelayer.run.draft import Draft, failed
from pipelayer.run.orchestrate import run
from pipelayer.run.outside import Checkout, make_ports, newest_on, open_checkout, region_in
from pipelayer.run.ports import Ports
from pipelayer.run.request import WRITING, Choice, Request, Source
from pipelayer.run.stopping import Stop, told_to_stop

if TYPE_CHECKING:
    from pipelayer.github.api import GitHubApi


def main(environ: Mapping[str, str]) -> int:
    """The whole action, from the environment that the runner gives to the exit code. Never raises."""
    stop = Stop()
    stop.install()
    log = Log(_write, debug=environ.get("RUNNER_DEBUG") == "1")
    tell_the_unheard(log, environ)
    logging.captureWarnings(True)
    logging.getLogger().addHandler(LibraryLines(log))
    return act(environ, log, stop)


def _write(line: str) -> None:
    """Straight to stdout, in UTF-8 whatever the locale says: a cancelled job keeps what it printed.

    Past Python's buffer: a thread that hangs in writing holds its lock.
    """
    data = line.encode("utf-8", "backslashreplace")
    while data:
        data = data[os.write(1, data) :]


def act(environ: Mapping[str, str], log: Log, stop: Stop) -> int:
    """The action with its log and its stop given."""
    try:
        return _Action(environ, log, stop).act()
    except PipelayerError as problem:
        message = f"{problem.message}\n{problem.hint}" if problem.hint else problem.message
        log.annotate(Level.ERROR, message, title="Pipelayer stopped")
        code = problem.exit_code
    except Exception as bug:
        confess(bug, "The run", log, environ)
        code = 1
    stop.deadline.over(code)
    _finish(environ, log, Result.FAILURE)
    return code


def _finish(environ: Mapping[str, str], log: Log, result: Result) -> None:
    """The outputs where there is no report."""
    path = environ.get("GITHUB_OUTPUT", "")
    try:
        for name, value in nothing_done(result).items() if path else ():
            write_output(Path(path), name, value)
    except OSError as problem:
        log.line(f"Writing the outputs failed: {problem.strerror}.")


def _cut_off(environ: Mapping[str, str], log: Log) -> None:
    """What is said of a look that was told to stop."""
    _finish(environ, log, Result.FAILURE)
    log.unfold()
    log.annotate(Level.ERROR, "It was told to stop before it had seen everything.", title="Pipelayer stopped")


class _Action:
    def __init__(self, environ: Mapping[str, str], log: Log, stop: Stop) -> None:
        self._environ = environ
        self._log = log
        self._stop = stop
        self._tree: Tree | None = None
        self._draft: Draft | None = None
        self._accounts: frozenset[str] = frozenset()

    def act(self) -> int:
        inputs = read_inputs(self._environ)
        payload = load_payload(self._environ)
        event = read_event(self._environ, payload)
        match decide(event, inputs.command):
            case NothingToDo(reason):
                self._log.line(f"Nothing to do: {reason}")
                _finish(self._environ, self._log, Result.NOTHING_TO_DO)
                return 0
            case Refusal(reason, hint):
                raise UsageError(reason, hint)
            case Look():
                return self._look(inputs, event, self._audience(inputs, event, payload))
            case Verb() as verb:
                return self._report(verb, inputs, event, self._audience(inputs, event, payload))
            case never:
                assert_never(never)

    def _audience(self, inputs: Inputs, event: Event, payload: Mapping[str, object]) -> Audience:
        return Audience(
            environ=self._environ,
            log=self._log,
            inputs=inputs,
            event=event,
            pushed=_pushed(payload),
            now=SystemClock().now(),
            sleep=self._stop.sleep,
            server=lambda: self._server(inputs, event),
            accounts=lambda: self._accounts,
        )

    def _report(self, verb: Verb, inputs: Inputs, event: Event, audience: Audience) -> int:
        """From here on there is a report, whatever happens."""

        def cut_short(problem: PipelayerError) -> Report:
            return self._cut_short(verb, problem, dry_run=inputs.dry_run)

        deadline = self._stop.deadline
        deadline.report = lambda: audience.answer_in_haste(cut_short(told_to_stop()))
        with ExitStack() as kept:
            try:
                repository = kept.enter_context(
                    open_repository(inputs, event, self._environ, self._stop.sleep)
                )
                report = self._run(inputs, event, repository, verb)
            except PipelayerError as problem:
                report = cut_short(problem)
            except Exception as bug:
                report = cut_short(as_problem(bug, "The run", self._log))
                tell_details(bug, self._log, self._environ)
            deadline.over(report.exit_code)
            audience.answer(report, self._read)
        return report.exit_code

    def _look(self, inputs: Inputs, event: Event, audience: Audience) -> int:
        """Nothing is told of a look that fails but why; the issue stays as it is."""
        from pipelayer.github.daily import Daily, as_a_look, exit_code
        from pipelayer.run.status import Question, status

        inputs = as_a_look(inputs)
        self._stop.deadline.report = lambda: _cut_off(self._environ, self._log.in_haste())
        with open_repository(inputs, event, self._environ, self._stop.sleep) as repository:
            decision = orders(
                event,
                Verb.VALIDATE,
                checked_out=repository.head() or "",
                base=inputs.base,
                head=inputs.head,
            )
            for note in decision.notes:
                self._log.line(note)
            checkout = self._checkout(inputs, repository, decision)
            if inputs.mask_aws_account_id:
                self._hide_accounts(inputs, checkout)
            request = self._request(inputs, Verb.PLAN, checkout.root)
            ports = self._ports(inputs, repository, decision, checkout)
            found = status(request, ports, Question(concurrency=inputs.concurrency))
            code = exit_code(found, inputs, event)
            self._stop.deadline.over(code)
            Daily(audience, lambda: self._server(inputs, event).issues()).tell(found)
        return code

    def _run(self, inputs: Inputs, event: Event, repository: Repository, verb: Verb) -> Report:
        here = repository.head() or ""
        decision = orders(event, verb, checked_out=here, base=inputs.base, head=inputs.head)
        if event.pull_request and not inputs.head:
            decision = as_far_as_had(decision, repository, here)
        for note in decision.notes:
            self._log.line(note)
        with self._log.group("Progress") if verb in WRITING else nullcontext():
            checkout = self._checkout(inputs, repository, decision)
            self._tree = checkout.tree
            if inputs.mask_aws_account_id:
                self._hide_accounts(inputs, checkout)
            request = self._request(inputs, verb, checkout.root)
            self._draft = Draft(request, self._ports(inputs, repository, decision, checkout))
            return run(self._draft)

    def _hide_accounts(self, inputs: Inputs, checkout: Checkout) -> None:
        """Has the runner hide the accounts that the groups name, before anything is said of them."""
        config, _ = load_config(checkout.tree, checkout.root, inputs.config, checkout.project)
        if config:
            self._accounts = frozenset(group.account for group in config.groups if group.account)
        for account in sorted(self._accounts):
            self._log.mask(account)

    def _cut_short(self, verb: Verb, problem: PipelayerError, *, dry_run: bool) -> Report:
        """The report of a run that ends before its end, with all that is known by then."""
        if self._draft:
            return self._draft.cut_short(problem)
        return failed(verb, problem, self._tree.commit if self._tree else "", dry_run=dry_run)

    def _read(self, path: str) -> bytes | None:
        try:
            return self._tree.read(path) if self._tree and path in self._tree.entries else None
        except PipelayerError:
            return None

    def _request(self, inputs: Inputs, verb: Verb, root: str) -> Request:
        environ = self._environ
        return Request(
            verb=verb,
            root=root,
            config=inputs.config,
            groups=inputs.groups,
            choice=inputs.choice,
            names=inputs.pipelines,
            on_unknown_base=inputs.on_unknown_base,
            run_on_demand=inputs.run_on_demand,
            replace_on_demand=inputs.replace_on_demand,
            respect_paused=inputs.respect_paused,
            cancel_running=inputs.cancel_running,
            replace=inputs.replace,
            prune=inputs.prune,
            secret_salt=inputs.secret_salt,
            fail_on=inputs.fail_on,
            dry_run=inputs.dry_run,
            aws=inputs.aws,
            concurrency=inputs.concurrency,
            may_create_stub=verb in WRITING,
            environment_region=region_in(environ),
            built_files=inputs.source is Source.WORKTREE,
        )

    def _checkout(self, inputs: Inputs, repository: Repository, decision: Run) -> Checkout:
        """The files that count. Raises UsageError for a head that isn't what lies on disk."""
        if inputs.source is not Source.COMMIT:
            on_disk = repository.head() or ""
            if repository.resolve(decision.head) != on_disk:
                raise UsageError(
                    f"`source: {inputs.source}` reads what is on disk, which is of "
                    f"{on_disk[:7] or 'no commit'}; this run is about {decision.head[:40]}.",
                    "Check out that commit, or leave out `source` and `head`.",
                )
        return open_checkout(
            repository,
            folder_of(inputs, self._environ),
            inputs.source,
            self._environ,
            head=decision.head,
        )

    def _ports(self, inputs: Inputs, repository: Repository, decision: Run, checkout: Checkout) -> Ports:
        writes = decision.verb in WRITING
        ours = checkout.tree.commit or repository.head() or ""
        unasked = NoBase("Which pipelines are meant was said: nothing is compared.")
        return make_ports(
            checkout,
            decision.base if inputs.choice is Choice.CHANGED else unasked,
            self._environ,
            LogJournal(self._log),
            self._stop.asked,
            patient=writes,
            newest=newest_on(repository, decision.branch, ours) if writes else None,
            on_secret=self._log.mask,
        )

    def _server(self, inputs: Inputs, event: Event) -> GitHubApi:
        from pipelayer.github.api import GitHubApi

        return GitHubApi(
            event.repository,
            inputs.github_token,
            api_url=self._environ.get("GITHUB_API_URL") or "https://api.github.com",
            graphql_url=self._environ.get("GITHUB_GRAPHQL_URL", ""),
        )


def _pushed(payload: Mapping[str, object]) -> tuple[str, ...]:
    """The commits of a push, oldest first, as far as its payload names them."""
    commits = payload.get("commits")
    ids = (
        [commit.get("id") for commit in commits if isinstance(commit, dict)]
        if isinstance(commits, list)
        else []
    )
    return tuple(name for name in ids if isinstance(name, str) and is_commit_id(name))
