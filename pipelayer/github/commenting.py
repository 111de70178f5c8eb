"""Which pull requests hear of a run, and what their comments say: from a report to comments.

Before a merge one comment is kept up to date. After it a second one tells what was done, and first of all
what was done otherwise than announced.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol, assert_never

from pipelayer.github.announced import TOO_BIG, Heard, announcement, decoded, encoded, surprises
from pipelayer.github.commands import Log
from pipelayer.github.comment import CommentResult, Comments, Ours, minimize, our_comments, post
from pipelayer.github.event import Event
from pipelayer.github.inputs import CommentMode, Inputs
from pipelayer.github.marker import Kind, Marker
from pipelayer.github.pulls import PullRequests, merged_pull_requests
from pipelayer.github.trouble import ApiError
from pipelayer.model import Report, Result, Verb
from pipelayer.render.links import Links
from pipelayer.render.markdown import COMMENT_BUDGET, comment_body
from pipelayer.render.rows import deployed

_EPOCH = datetime.fromtimestamp(0, UTC)


class Server(PullRequests, Protocol):
    """GitHub, as far as an answer needs it."""

    def comments(self, number: int) -> Comments:
        """The comments of a pull request."""
        ...


@dataclass(frozen=True)
class _Page:
    """A pull request's comments; `ours` is None where they couldn't be read."""

    comments: Comments
    ours: Sequence[Ours] | None = None


@dataclass(frozen=True)
class Commenting:
    """One run's comments. `server` makes the client of GitHub's API when it is first needed."""

    log: Log
    inputs: Inputs
    event: Event
    pushed: tuple[str, ...]
    links: Links
    sleep: Callable[[float], None]
    server: Callable[[], Server]

    def comment(self, report: Report) -> str:
        """Comments where that is wanted; gives the comment's address, empty where there is none."""
        event = self.event
        speaks = self.inputs.comment is CommentMode.ALWAYS or has_something_to_say(report)
        first = event.run_attempt == 1 and (
            event.pull_request is None or event.pull_request.action == "opened"
        )
        has_place = event.pull_request is not None or event.push is not None
        if not has_place or self.inputs.comment is CommentMode.NEVER or (first and not speaks):
            return ""
        if not self.inputs.github_token:
            self.log.line("No comment: the input `github-token` is empty.")
            return ""
        try:
            server = self.server()
            pages = [_Page(server.comments(number)) for number in self._pull_requests(server)]
            urls = [*self._tell(report, pages, quiet=not speaks)]
        except ApiError as problem:
            self.log.line(f"No comment: {problem.message}.")
            return ""
        return next((url for url in urls if url), "")

    def _pull_requests(self, server: Server) -> Sequence[int]:
        event = self.event
        if event.pull_request is not None:
            return (event.pull_request.number,)
        found = merged_pull_requests(server, event.sha, event.branch, commits=self.pushed, sleep=self.sleep)
        if not found:
            self.log.line("No comment: the push belongs to no merged pull request.")
        return found

    def _tell(self, report: Report, pages: Sequence[_Page], *, quiet: bool) -> Sequence[str]:
        if not pages:
            return ()
        first: Sequence[str] = ()
        if report.verb is Verb.DEPLOY:
            pages = [self._read(page) for page in pages]
            first = surprises(report, self._heard(pages))
        marker, text = self._written(report, first, quiet=quiet)
        urls = []
        for page in pages:
            urls.append(self._post(page, marker, text))
            if urls[-1] and _is_done(report):
                self._retire(page, report)
        return urls

    def _read(self, page: _Page) -> _Page:
        try:
            return replace(page, ours=our_comments(page.comments, self.sleep))
        except ApiError:
            return page  # posting asks again, and says it

    def _heard(self, pages: Sequence[_Page]) -> Heard:
        texts = [[one.marker.said for one in self._announcing(page)] for page in pages]
        said = [[decoded(text) for text in of_one] for of_one in texts]
        known = [one for of_one in said for one in of_one if one is not None]
        too_big = any(TOO_BIG in of_one for of_one in texts)
        return Heard(known, all(of_one and None not in of_one for of_one in said), too_big)

    def _announcing(self, page: _Page) -> Sequence[Ours]:
        """The comments that announced what merging would do, the newest of each group."""
        newest = {
            one.marker.group: one
            for one in page.ours or ()
            if one.marker.kind is Kind.VALIDATE and one.marker.same_project(self._marker(Kind.VALIDATE))
        }
        return list(newest.values())

    def _retire(self, page: _Page, report: Report) -> None:
        """Folds up what was announced, once it is done: by this deploy or by others of the same commit, which
        may be those of other groups.
        """
        ours = self._marker(Kind.DEPLOY)
        places = set(announcement(report))
        for one in page.ours or ():
            same = one.marker.same_project(ours) and one.marker.commit == ours.commit
            if same and one.marker.kind is Kind.DEPLOY:
                places |= set(decoded(one.marker.said) or ())
        done = [
            one
            for one in self._announcing(page)
            if (announced := decoded(one.marker.said)) and set(announced) <= places
        ]
        self._remark(minimize(page.comments, done))

    def _written(self, report: Report, first: Sequence[str], *, quiet: bool) -> tuple[Marker, str]:
        """The comment, which every pull request of a push gets the same."""
        announces = _is_done(report) or (report.verb is Verb.VALIDATE and not report.error)
        marker = replace(
            self._marker(_kind(report.verb)),
            digest=self._digest(report, first),
            quiet=quiet,
            said=encoded(announcement(report)) if announces else "",
        )
        room = COMMENT_BUDGET - len(str(marker)) - 1
        return marker, comment_body(report, marker="", context=self.links, first=first, budget=room)

    def _post(self, page: _Page, marker: Marker, text: str) -> str:
        request = self.event.pull_request
        posted = post(
            page.comments,
            marker,
            text,
            sleep=self.sleep,
            head=request.head_sha if request and marker.sticky else "",
            known=page.ours,
        )
        match posted.result:
            case CommentResult.DENIED | CommentResult.FAILED | CommentResult.SUPERSEDED:
                self.log.line(f"No comment: {posted.problem}")
            case CommentResult.NOTHING:
                pass
            case CommentResult.CREATED | CommentResult.UPDATED | CommentResult.UNCHANGED:
                self.log.line(f"Comment {posted.result}: {posted.url}")
            case _:
                assert_never(posted.result)
        self._remark(posted.remark)
        return posted.url

    def _remark(self, sentence: str) -> None:
        if sentence:
            self.log.line(f"The comment stands, but Pipelayer {sentence}")

    def _digest(self, report: Report, first: Sequence[str]) -> str:
        """Of what the comment says, without what each run says anew: its link, and how late it is."""
        timeless = replace(self.links, run_url="", now=_EPOCH)
        text = comment_body(report, marker="", context=timeless, first=first)
        return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]

    def _marker(self, kind: Kind) -> Marker:
        return Marker(
            kind=kind,
            directory=self.inputs.working_directory,
            config=self.inputs.config,
            group=",".join(self.inputs.groups),
            commit=self.event.sha,
            run=int(self.event.run_id) if self.event.run_id.isdigit() else 0,
            attempt=self.event.run_attempt,
        )


def _is_done(report: Report) -> bool:
    """Whether a deploy has brought about what was announced."""
    return report.verb is Verb.DEPLOY and deployed(report) and report.result is not Result.FAILURE


def _kind(verb: Verb) -> Kind:
    match verb:
        case Verb.VALIDATE | Verb.PLAN:
            return Kind.VALIDATE
        case Verb.UPLOAD:
            return Kind.UPLOAD
        case Verb.ACTIVATE:
            return Kind.ACTIVATE
        case Verb.DEPLOY:
            return Kind.DEPLOY
        case _:
            assert_never(verb)


def has_something_to_say(report: Report) -> bool:
    """Whether a reader of the pull request learns anything: something selected, found, done or gone wrong."""
    return bool(report.error or report.selection.items or report.findings or report.outcomes)
