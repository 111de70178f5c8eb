"""The story itself, act by act. Whatever doesn't go as told ends it with an error."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipelayer.demo.places import Places
from pipelayer.demo.runner import REPOSITORY, Job, run_action
from pipelayer.demo.shown import comment_as_shown, log_as_shown
from pipelayer.render.html import Entry, conversation_page
from pipelayer.sandbox import Sandbox
from pipelayer.sandbox.github import GitHubSandbox
from pipelayer.sandbox.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

_ACCOUNT = "111122223333"
_REGION = "us-west-2"
_BUCKET = "acme-dev-pipelines"
_BRANCH = "longer-sessions"
_ZERO = "0" * 40
_READING = frozenset(
    {
        "ListPipelines",
        "DescribePipelines",
        "GetPipelineDefinition",
        "ValidatePipelineDefinition",
        "GetCallerIdentity",
    }
)

_CHANGE = {"click_sessions/values.json": ('"myIdleMinutes": 30', '"myIdleMinutes": 45')}
_MISTAKE = {
    "exchange_rates/values.json": (
        '"myStartDateTime"',
        '"mySchedulePeriod": "1 mnth",\n    "myStartDateTime"',
    )
}
_FIX = {name: (after, before) for name, (before, after) in _MISTAKE.items()}


class Story:
    """One telling. `into` is where the pages are left."""

    def __init__(self, into: Path) -> None:
        from rich.console import Console

        self._into = into
        self._console: Console = Console(width=100) if not sys.stdout.isatty() else Console()
        self._jobs = 0
        self._entries: list[Entry] = []

    def tell(self) -> int:
        """Plays every act; returns the exit code."""
        github = GitHubSandbox()
        with (
            tempfile.TemporaryDirectory(prefix="pipelayer-demo-") as home,
            Sandbox(Settings(account=_ACCOUNT), github=github) as sandbox,
        ):
            places = Places(Path(home))
            sandbox.create_bucket(_BUCKET, _REGION)
            github.add_repository(REPOSITORY)
            try:
                self._play(places, sandbox, github)
            except _Unexpected as problem:
                self._console.print(
                    f"\nThe story went another way: {problem}", style="bold red", markup=False
                )
                return 1
        return 0

    def _play(self, places: Places, sandbox: Sandbox, github: GitHubSandbox) -> None:
        self._act("1", "Three pipelines are pushed to main for the first time: the action deploys them.")
        first = places.begin()
        github.add_commit(REPOSITORY, first, branch="main")
        self._job(places, sandbox, "push", _push(_ZERO, first), first, "refs/remotes/origin/main", 0)
        self._live(sandbox)

        self._act("2", "A pull request changes one pipeline, and breaks another with a slip of the finger.")
        places.branch(_BRANCH)
        change = places.commit("Sessions end after 45 idle minutes", {**_CHANGE, **_MISTAKE})
        merge = places.offer(1, _BRANCH)
        pull = github.add_pull(
            REPOSITORY, head_ref=_BRANCH, head_sha=change, commits=[change], title="Longer sessions"
        )
        ref = f"refs/remotes/pull/{pull.number}/merge"
        self._job(places, sandbox, "pull_request", _pull("opened", change, first), merge, ref, 1)
        self._comment(github, pull.number, "on the pull request")

        self._act("3", "The slip is mended. The same comment now tells what merging will do.")
        fix = places.commit("Every day, as before", _FIX)
        merge = places.offer(1, _BRANCH)
        github.push_to_pull(REPOSITORY, pull.number, fix, commits=[change, fix])
        self._job(places, sandbox, "pull_request", _pull("synchronize", fix, first), merge, ref, 0)
        self._comment(github, pull.number, "on the pull request, once it was mended")

        self._act("4", "It is merged: the action deploys that pipeline, and answers on the pull request.")
        sandbox.clear_record()
        merged = places.merge(_BRANCH, 1)
        github.merge_pull(REPOSITORY, pull.number, merged)
        job = self._job(places, sandbox, "push", _push(first, merged), merged, "refs/remotes/origin/main", 0)
        self._comment(github, pull.number, "after the merge")

        self._act("5", "The proof: what the sandbox has seen since the merge.")
        self._prove(sandbox)
        self._leave(job)

    def _act(self, number: str, title: str) -> None:
        self._console.print()
        self._console.rule(f"[bold]{number}[/]  {title}", align="left")

    def _job(
        self,
        places: Places,
        sandbox: Sandbox,
        event: str,
        payload: Mapping[str, object],
        commit: str,
        ref: str,
        expected: int,
    ) -> Job:
        from rich.padding import Padding
        from rich.text import Text

        self._jobs += 1
        workspace = places.checkout(f"workspace-{self._jobs}", commit, ref)
        environment = {
            **sandbox.aws_environment(_REGION),
            **sandbox.github_environment(),
            "GITHUB_SHA": commit,
            "GITHUB_REF": "refs/pull/1/merge" if event == "pull_request" else "refs/heads/main",
            "SHOP_DEV_PASSWORD": "not-a-real-one",
        }
        job = run_action(places.home, workspace, event, payload, environment, self._jobs)
        log = Text(log_as_shown(job.log), style="dim")
        self._console.print(Padding(log, (1, 0, 1, 3), expand=False))
        self._console.print(f"The action ends with exit code {job.code}.", highlight=False)
        if job.code != expected:
            raise _Unexpected(f"the exit code should have been {expected}")
        return job

    def _live(self, sandbox: Sandbox) -> None:
        from rich.table import Table

        table = Table("pipeline", "id", "state", title="What is live now", title_justify="left")
        table.caption = "On the stub AWS checks definitions of pipelines that don't exist yet. It never runs."
        table.caption_justify = "left"
        for pipeline in sandbox.pipelines(_REGION):
            table.add_row(pipeline.name, pipeline.id, pipeline.state.value)
        self._console.print(table)

    def _comment(self, github: GitHubSandbox, number: int, about: str) -> None:
        from rich.markdown import Markdown
        from rich.panel import Panel

        comments = sorted(github.comments(REPOSITORY, number), key=lambda comment: comment.updated)
        if not comments:
            raise _Unexpected("there is no comment")
        newest = comments[-1]
        self._entries.append(Entry(newest.login, f"commented {about}", newest.body))
        self._console.print(
            Panel(Markdown(comment_as_shown(newest.body)), title=f"The comment {about}", border_style="blue")
        )

    def _prove(self, sandbox: Sandbox) -> None:
        from rich.table import Table

        names = {pipeline.id: pipeline.name for pipeline in sandbox.pipelines(_REGION, deleted=True)}
        table = Table("call", "about", title="Every call to AWS that changed something", title_justify="left")
        touched: set[str] = set()
        for call in sandbox.calls():
            if call.operation in _READING or call.operation.startswith(("List", "Get", "Head", "Describe")):
                continue
            about = names.get(call.resource, call.resource)
            touched.add("Click sessions" if "click_sessions" in about else about)
            table.add_row(call.operation, about)
        self._console.print(table)
        if touched != {"Click sessions"}:
            raise _Unexpected(f"{', '.join(sorted(touched)) or 'nothing'} was touched")
        self._console.print(
            "Only [bold]Click sessions[/] was touched; the other two pipelines were left alone."
        )

    def _leave(self, job: Job) -> None:
        self._into.mkdir(parents=True, exist_ok=True)
        page, report = self._into / "comments.html", self._into / "report.json"
        page.write_text(conversation_page("Longer sessions #1", self._entries), encoding="utf-8")
        report.write_text(job.report, encoding="utf-8")
        self._console.print()
        self._console.print(f"The comments as a page: {page}\nThe last run's report: {report}", markup=False)


class _Unexpected(Exception):
    """The story went another way than told."""


def _push(before: str, after: str) -> dict[str, object]:
    return {
        "ref": "refs/heads/main",
        "before": before,
        "after": after,
        "created": before == _ZERO,
        "deleted": False,
        "forced": False,
        "commits": [{"id": after}],
        "repository": {"full_name": REPOSITORY, "default_branch": "main"},
    }


def _pull(action: str, head: str, base: str) -> dict[str, object]:
    repository = {"full_name": REPOSITORY, "default_branch": "main", "fork": False}
    return {
        "action": action,
        "number": 1,
        "pull_request": {
            "number": 1,
            "merged": False,
            "merge_commit_sha": None,
            "head": {"sha": head, "ref": _BRANCH, "repo": repository},
            "base": {"sha": base, "ref": "main", "repo": repository},
        },
        "repository": repository,
    }
