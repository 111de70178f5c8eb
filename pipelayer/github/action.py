"""The action: reads what the runner says, has it done, answers. The exit code is the run's alone."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import assert_never

from pipelayer.aws import RolePatience, SystemClock, connect, credentials_present
from pipelayer.changes.base import compare_with_base, find_commit
from pipelayer.changes.git import Repository, is_commit_id
from pipelayer.changes.remote import project_name
from pipelayer.errors import GitError, PipelayerError, UsageError
from pipelayer.github.answer import Audience, Server, nothing_done
from pipelayer.github.bugs import confess
from pipelayer.github.commands import Log, write_output
from pipelayer.github.decide import NothingToDo, Refusal, Run, decide
from pipelayer.github.event import Event, load_payload, read_event
from pipelayer.github.inputs import Inputs, Source, read_inputs
from pipelayer.github.journal import LibraryLines, LogJournal
from pipelayer.github.stopping import Stop
from pipelayer.model import Report, Result, Verb
from pipelayer.project.tree import Tree
from pipelayer.render.annotations import Level
from pipelayer.run import Ports, Request, run
from pipelayer.run.request import WRITING


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
        self._clock = StoppableClock(stop)

    def act(self) -> int:
        inputs = read_inputs(self._environ)
        payload = load_payload(self._environ)
        event = read_event(self._environ, payload)
        with self._open(inputs, event) as repository:
            decision = decide(
                event,
                inputs.command,
                checked_out=repository.head() or "",
                base=inputs.base,
                head=inputs.head,
            )
            match decision:
                case NothingToDo(reason):
                    self._log.line(f"Nothing to do: {reason}")
                    _finish(self._environ, self._log, Result.NOTHING_TO_DO)
                    return 0
                case Refusal(reason, hint):
                    raise UsageError(reason, hint)
                case Run():
                    return self._run(inputs, event, payload, repository, decision)
                case _:
                    assert_never(decision)

    def _open(self, inputs: Inputs, event: Event) -> Repository:
        repository = Repository.open(
            self._folder(inputs),
            token=inputs.github_token,
            server=event.server_url,
            environ=self._environ,
            pause=self._stop.sleep,
        )
        if repository is None:
            raise UsageError(
                "the workspace holds no git repository", "put a step with actions/checkout before this one"
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
                root = repository.relative(self._folder(inputs))
                tree = _tree(repository, inputs, decision)
                request = self._request(inputs, decision.verb, root)
                report = run(request, self._ports(inputs, event, repository, decision, tree, root))
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

    def _ports(
        self, inputs: Inputs, event: Event, repository: Repository, decision: Run, tree: Tree, root: str
    ) -> Ports:
        patience = RolePatience(self._clock) if decision.verb in WRITING else None
        return Ports(
            tree=tree,
            compared=compare_with_base(repository, decision.base, tree),
            connect=lambda region: connect(region, self._environ, role_patience=patience),
            has_credentials=credentials_present(self._environ),
            clock=self._clock,
            journal=LogJournal(self._log),
            interrupted=self._stop.asked,
            default_project=project_name(event.repository, root),
            newest=_newest(repository, decision) if decision.verb in WRITING else None,
            tree_at=lambda commit: _tree_at(repository, commit),
        )

    def _server(self, inputs: Inputs, event: Event) -> Server:
        from pipelayer.github.api import GitHubApi

        return GitHubApi(
            event.repository,
            inputs.github_token,
            api_url=self._environ.get("GITHUB_API_URL") or "https://api.github.com",
            graphql_url=self._environ.get("GITHUB_GRAPHQL_URL", ""),
        )


class StoppableClock(SystemClock):
    """This machine's time; nobody who was told to stop waits."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop

    def sleep(self, seconds: float) -> None:
        """Waits, unless the run was told to stop."""
        self._stop.sleep(seconds)


def _tree(repository: Repository, inputs: Inputs, decision: Run) -> Tree:
    """The files that count. Raises UsageError for a head that isn't what lies on disk."""
    match inputs.source:
        case Source.COMMIT:
            return repository.commit_tree(find_commit(repository, decision.head))
        case _ if inputs.head:
            raise UsageError(
                f"`head` and `source: {inputs.source}` exclude each other: that source is what lies on disk",
                "leave out one of the two",
            )
        case Source.TRACKED:
            return repository.work_tree()
        case Source.WORKTREE:
            return repository.work_tree(untracked=True)
        case _:
            assert_never(inputs.source)


def _newest(repository: Repository, decision: Run) -> Callable[[], Tree | None]:
    """Asks the server for the branch's tip: its tree, None where it is the commit that is being deployed."""

    def newest() -> Tree | None:
        ours = repository.resolve(decision.head)
        tip = repository.remote_tip(decision.branch) if decision.branch else None
        if tip is None:
            raise PipelayerError(
                f"Whether {decision.branch or 'this ref'} has moved on can't be told: nothing was written.",
                "Deploy from a branch that exists on the server.",
            )
        if tip == ours:
            return None
        repository.ensure(tip)
        return repository.commit_tree(tip)

    return newest


def _tree_at(repository: Repository, commit: str) -> Tree | None:
    try:
        repository.ensure(commit)
        return repository.commit_tree(commit)
    except GitError:
        return None


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
