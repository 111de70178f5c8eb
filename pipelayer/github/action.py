"""The action: reads what the runner says, has it done, answers. The exit code is the run's alone."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import assert_never

from pipelayer.changes.base import LostBase, NoBase, Revision, find_commit
from pipelayer.changes.git import Repository
from pipelayer.changes.ids import is_commit_id
from pipelayer.errors import GitError, PipelayerError, UsageError
from pipelayer.github.answer import Audience, Server, nothing_done
from pipelayer.github.bugs import confess
from pipelayer.github.commands import Log, write_output
from pipelayer.github.decide import NothingToDo, Refusal, Run, decide, orders
from pipelayer.github.event import Event, load_payload, read_event
from pipelayer.github.inputs import Inputs, read_inputs
from pipelayer.github.journal import LibraryLines, LogJournal
from pipelayer.model import Report, Result, Verb
from pipelayer.project.reading import shown
from pipelayer.project.tree import Tree
from pipelayer.render.annotations import Level
from pipelayer.run.orchestrate import run
from pipelayer.run.outside import Checkout, StoppableClock, make_ports, newest_on, open_checkout
from pipelayer.run.ports import Ports
from pipelayer.run.request import WRITING, Choice, Request, Source
from pipelayer.run.stopping import Stop


def main(environ: Mapping[str, str]) -> int:
    """The whole action, from the environment that the runner gives to the exit code. Never raises."""
    stop = Stop()
    stop.install()
    log = Log(_write, debug=environ.get("RUNNER_DEBUG") == "1")
    logging.captureWarnings(True)
    logging.getLogger().addHandler(LibraryLines(log))
    return act(environ, log, stop)


def _write(line: str) -> None:
    """Straight to stdout, in UTF-8 whatever the locale says: a cancelled job keeps what it printed."""
    sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


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


class _Action:
    def __init__(self, environ: Mapping[str, str], log: Log, stop: Stop) -> None:
        self._environ = environ
        self._log = log
        self._stop = stop
        self._clock = StoppableClock(stop.asked)

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
            case Verb() as verb:
                with self._open(inputs, event) as repository:
                    here = repository.head() or ""
                    decision = orders(event, verb, checked_out=here, base=inputs.base, head=inputs.head)
                    if event.pull_request and not inputs.head:
                        decision = _as_far_as_had(decision, repository, here)
                    return self._run(inputs, event, payload, repository, decision)
            case never:
                assert_never(never)

    def _open(self, inputs: Inputs, event: Event) -> Repository:
        folder = self._folder(inputs)
        repository = Repository.open(
            folder,
            token=inputs.github_token,
            server=event.server_url,
            environ=self._environ,
            pause=self._stop.sleep,
        )
        if repository is None:
            raise UsageError("The workspace holds no git repository.", _where_else(folder))
        if outer := repository.outer():
            raise UsageError(
                f"{shown(inputs.working_directory)} lies in a submodule of {shown(outer)}, "
                "whose commits are not those that the event is about.",
                "Run the action in the submodule's own repository.",
            )
        if not _is_of(repository.slug(), event):
            raise UsageError(
                f"The checkout is of {shown(repository.slug())}, and the event of {shown(event.repository)}: "
                "its commits and its branch are others.",
                "Run the action in the workflows of the repository that it is about.",
            )
        return repository

    def _folder(self, inputs: Inputs) -> Path:
        return Path(self._environ.get("GITHUB_WORKSPACE") or ".", inputs.working_directory)

    def _run(
        self,
        inputs: Inputs,
        event: Event,
        payload: Mapping[str, object],
        repository: Repository,
        decision: Run,
    ) -> int:
        audience = Audience(
            environ=self._environ,
            log=self._log,
            inputs=inputs,
            event=event,
            pushed=_pushed(payload),
            now=self._clock.now(),
            sleep=self._stop.sleep,
            server=lambda: self._server(inputs, event),
        )
        for note in decision.notes:
            self._log.line(note)
        tree: Tree | None = None
        try:
            with self._log.group("Progress") if decision.verb in WRITING else nullcontext():
                checkout = self._checkout(inputs, repository, decision)
                tree = checkout.tree
                request = self._request(inputs, decision.verb, checkout.root)
                report = run(request, self._ports(inputs, repository, decision, checkout))
        except PipelayerError as problem:
            report = Report(
                decision.verb,
                Result.FAILURE,
                tree.commit if tree else "",
                error=problem.message,
                error_hint=problem.hint,
                exit_code=problem.exit_code,
                dry_run=inputs.dry_run,
            )
        audience.answer(report, _reader(tree))
        return report.exit_code

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
            environment_region=environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "",
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
            repository, self._folder(inputs), inputs.source, self._environ, head=decision.head
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

    def _server(self, inputs: Inputs, event: Event) -> Server:
        from pipelayer.github.api import GitHubApi

        return GitHubApi(
            event.repository,
            inputs.github_token,
            api_url=self._environ.get("GITHUB_API_URL") or "https://api.github.com",
            graphql_url=self._environ.get("GITHUB_GRAPHQL_URL", ""),
        )


def _as_far_as_had(decision: Run, repository: Repository, here: str) -> Run:
    """A pull request's merge commit goes when the branch is merged or conflicts. Then the checkout is what
    there is, and nobody knows what to compare it with.
    """
    try:
        find_commit(repository, decision.head)
    except GitError as problem:
        if here:
            note = (
                f"The merge commit {decision.head[:7]} can't be had; the checkout, {here[:7]}, is looked at."
            )
            base = decision.base if isinstance(decision.base, Revision) else LostBase(problem.message)
            return replace(decision, head=here, base=base, notes=(note,))
    return decision


def _is_of(slug: str, event: Event) -> bool:
    """Whether a checkout is of the event's repository, as far as its origin tells; a pull request's may be of
    the fork that it comes from.
    """
    known = {
        event.repository.lower(),
        event.pull_request.head_repository.lower() if event.pull_request else "",
    }
    return not slug or slug.lower() in known


def _where_else(folder: Path) -> str:
    """A checkout may lie in a subdirectory of the workspace (`path` of actions/checkout)."""
    try:
        found = sorted(child.name for child in folder.iterdir() if (child / ".git").exists())
    except OSError:
        found = []
    if not found:
        return "Put a step with actions/checkout before this one."
    return f"There is one in {shown(found[0])}: name its folder in `working-directory`."


def _pushed(payload: Mapping[str, object]) -> tuple[str, ...]:
    """The commits of a push, oldest first, as far as its payload names them."""
    commits = payload.get("commits")
    ids = (
        [commit.get("id") for commit in commits if isinstance(commit, dict)]
        if isinstance(commits, list)
        else []
    )
    return tuple(name for name in ids if isinstance(name, str) and is_commit_id(name))


def _reader(tree: Tree | None) -> Callable[[str], bytes | None]:
    def read(path: str) -> bytes | None:
        try:
            return tree.read(path) if tree and path in tree.entries else None
        except PipelayerError:
            return None

    return read
