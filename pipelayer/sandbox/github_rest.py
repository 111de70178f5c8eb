"""GitHub's REST endpoints, as far as a client for comments and issues uses them: one request in, one answer
out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from pipelayer.sandbox import github_json as shape
from pipelayer.sandbox.github_issues import Invalid, Listed, edit, issue_shape, listed
from pipelayer.sandbox.github_state import Comment, Issue, Pull, Repository, Token

BODY_LIMIT = 65_536  # characters; GitHub answers 422 beyond it
T = TypeVar("T")

_REPO = "/repos/<owner>/<name>"
_COMMENTS = f"{_REPO}/issues/<int:number>/comments"
_COMMENT = f"{_REPO}/issues/comments/<int:number>"
ROUTES = Map(
    [
        Rule("/user", methods=["GET"], endpoint="user"),
        Rule(_REPO, methods=["GET"], endpoint="repository"),
        Rule(f"{_REPO}/branches/<path:ref>", methods=["GET"], endpoint="branch"),
        Rule(f"{_REPO}/git/ref/<path:ref>", methods=["GET"], endpoint="reference"),
        Rule(f"{_REPO}/commits/<path:ref>/pulls", methods=["GET"], endpoint="commit_pulls"),
        Rule(f"{_REPO}/commits/<path:ref>", methods=["GET"], endpoint="commit"),
        Rule(f"{_REPO}/compare/<path:ref>", methods=["GET"], endpoint="compare"),
        Rule(f"{_REPO}/pulls/<int:number>", methods=["GET"], endpoint="pull"),
        Rule(f"{_REPO}/issues", methods=["GET"], endpoint="issues"),
        Rule(f"{_REPO}/issues", methods=["POST"], endpoint="create_issue"),
        Rule(f"{_REPO}/issues/<int:number>", methods=["GET"], endpoint="issue"),
        Rule(f"{_REPO}/issues/<int:number>", methods=["PATCH"], endpoint="edit_issue"),
        Rule(_COMMENTS, methods=["GET"], endpoint="comments"),
        Rule(_COMMENTS, methods=["POST"], endpoint="create_comment"),
        Rule(_COMMENT, methods=["GET"], endpoint="comment"),
        Rule(_COMMENT, methods=["PATCH"], endpoint="edit_comment"),
        Rule(_COMMENT, methods=["DELETE"], endpoint="delete_comment"),
    ],
    strict_slashes=False,
    merge_slashes=False,
)


class Refused(Exception):
    """The request ends here, with this status and body."""

    def __init__(self, status: int, message: str, errors: Sequence[shape.Json] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = shape.error(message, status, errors)


def answer(value: shape.Json, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(
        json.dumps(value), status, dict(headers or {}), content_type="application/json; charset=utf-8"
    )


@dataclass(frozen=True)
class Rest:
    """One request against the repositories. The caller holds the lock and has checked the token."""

    repositories: Mapping[str, Repository]
    token: Token
    shapes: shape.Shapes
    now: datetime
    next_id: Callable[[], int]

    def respond(self, request: Request) -> Response:
        """Routes the request; every refusal is an answer, not an exception."""
        try:
            endpoint, arguments = ROUTES.bind_to_environ(request.environ).match()
        except MethodNotAllowed:
            return answer(shape.error("Method Not Allowed", 405), 405)
        except HTTPException:
            return answer(shape.error("Not Found", 404), 404)
        try:
            if request.method != "GET" and self.token.read_only:
                raise Refused(403, "Resource not accessible by integration")
            if endpoint == "user":
                return self._user()
            repo = self.repositories.get(f"{arguments['owner']}/{arguments['name']}".lower())
            if repo is None:
                raise Refused(404, "Not Found")
            if endpoint in ("issues", "create_issue"):
                return self._of_issues(endpoint, request, repo)
            if "ref" in arguments:
                return self._by_ref(endpoint, request, repo, arguments["ref"])
            return self._by_number(endpoint, request, repo, arguments.get("number", 0))
        except Refused as refused:
            return answer(refused.body, refused.status)

    def _by_ref(self, endpoint: str, request: Request, repo: Repository, ref: str) -> Response:
        match endpoint:
            case "branch":
                return answer(self.shapes.branch(repo, self._branch(repo, ref, "Branch not found")))
            case "reference":
                branch = self._branch(repo, ref.removeprefix("heads/"), "Not Found")
                return answer(self.shapes.reference(repo, branch))
            case "commit":
                return answer(self.shapes.commit(repo, repo.commits[self._commit(repo, ref)]))
            case "compare":
                return self._compare(request, repo, ref)
            case _:  # commit_pulls
                sha = self._commit(repo, ref)
                pulls = [pull for pull in repo.pulls.values() if pull.introduces(sha)]
                # Of a commit on the default branch GitHub names only the merged pull request that brought it.
                merged = [pull for pull in pulls if pull.merged_at]
                return self._page(request, merged or pulls, lambda pull: self.shapes.pull(repo, pull))

    def _by_number(self, endpoint: str, request: Request, repo: Repository, number: int) -> Response:
        match endpoint:
            case "repository":
                return answer(self.shapes.repository(repo))
            case "pull":
                return answer(self.shapes.pull(repo, self._pull(repo, number)))
            case "issue":
                return answer(self._shown(repo, self._listed(repo, number)))
            case "edit_issue":
                return self._edit_issue(request, repo, self._listed(repo, number))
            case "comments":
                comments = repo.comments_of(self._listed(repo, number).number)
                return self._page(request, comments, lambda comment: self.shapes.comment(repo, comment))
            case "create_comment":
                return self._create(request, repo, self._listed(repo, number))
            case "comment":
                return answer(self.shapes.comment(repo, self._comment(repo, number)))
            case "edit_comment":
                comment = self._comment(repo, number)
                comment.body, comment.updated = self._body(request), self.now
                return answer(self.shapes.comment(repo, comment))
            case _:  # delete_comment
                del repo.comments[self._comment(repo, number).id]
                return Response(status=204)

    def _user(self) -> Response:
        if self.token.installation:
            raise Refused(403, "Resource not accessible by integration")
        return answer(self.shapes.public_user(self.token.login, self.now))

    def _of_issues(self, endpoint: str, request: Request, repo: Repository) -> Response:
        if not repo.has_issues:
            raise Refused(410, "Issues has been disabled in this repository.")
        if endpoint == "issues":
            return self._page(request, listed(repo, request.args), lambda one: self._shown(repo, one))
        document = self._document(request)
        title = document.get("title")
        if not isinstance(title, str) or not title.strip():
            missing: shape.Object = {"resource": "Issue", "field": "title", "code": "missing_field"}
            raise Refused(422, "Validation Failed", [missing])
        body = self._text(document.get("body") or "", "Issue")
        made = Issue(repo.next_number(), self.next_id(), title, body, self.token.login, self.now, self.now)
        repo.issues[made.number] = made
        shown = self._shown(repo, made)
        return answer(shown, 201, {"Location": str(shown["url"])})

    def _edit_issue(self, request: Request, repo: Repository, known: Listed) -> Response:
        document = self._document(request)
        self._text(document.get("body") or "", "Issue")
        if not isinstance(known, Issue):
            raise Refused(403, "Resource not accessible by integration")  # this client edits no pull request
        try:
            edit(known, document, self.now)
        except Invalid as invalid:
            wrong: shape.Object = {"resource": "Issue", "field": invalid.field, "code": "invalid"}
            raise Refused(422, "Validation Failed", [wrong]) from invalid
        return answer(self._shown(repo, known))

    def _shown(self, repo: Repository, one: Listed) -> shape.Object:
        return issue_shape(self.shapes, repo, one) if isinstance(one, Issue) else self.shapes.issue(repo, one)

    def _create(self, request: Request, repo: Repository, known: Listed) -> Response:
        body = self._body(request)
        if isinstance(known, Issue) and known.locked:
            raise Refused(403, "Unable to create comment because issue is locked.")
        comment = Comment(self.next_id(), known.number, self.token.login, body, self.now, self.now)
        repo.comments[comment.id] = comment
        shown = self.shapes.comment(repo, comment)
        return answer(shown, 201, {"Location": str(shown["url"])})

    def _compare(self, request: Request, repo: Repository, ref: str) -> Response:
        base_ref, dots, head_ref = ref.partition("...")
        base, head = repo.resolve(base_ref), repo.resolve(head_ref)
        if not dots or base is None or head is None:
            raise Refused(404, "Not Found")
        theirs = set(repo.ancestors(base))
        commits = [repo.commits[sha] for sha in reversed(repo.ancestors(head)) if sha not in theirs]
        chosen, headers = self._slice(request, commits, 250)
        shown = [self.shapes.commit(repo, commit) for commit in chosen]
        return answer(self.shapes.comparison(repo, base, head, shown), headers=headers)

    def _page(self, request: Request, items: Sequence[T], show: Callable[[T], shape.Json]) -> Response:
        chosen, headers = self._slice(request, items, 30)
        return answer([show(item) for item in chosen], headers=headers)

    def _slice(
        self, request: Request, items: Sequence[T], default: int
    ) -> tuple[Sequence[T], dict[str, str]]:
        """One page of the items, and the Link header to its neighbours."""
        size = min(max(request.args.get("per_page", default, int), 1), max(default, 100))
        page = max(request.args.get("page", 1, int), 1)
        last = max((len(items) + size - 1) // size, 1)
        pages = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        if page >= last:
            del pages["next"], pages["last"]
        if page == 1:
            del pages["prev"], pages["first"]
        links = [
            f'<{self.shapes.api}{request.path}?{urlencode({**request.args, "page": number})}>; rel="{name}"'
            for name, number in pages.items()
        ]
        headers = {"Link": ", ".join(links)} if links else {}
        return items[(page - 1) * size : page * size], headers

    def _document(self, request: Request) -> shape.Object:
        document = request.get_json(force=True, silent=True)
        if not isinstance(document, dict):
            raise Refused(400, "Problems parsing JSON")
        return document

    def _body(self, request: Request) -> str:
        """A comment's body."""
        body = self._document(request).get("body")
        if not isinstance(body, str):
            raise Refused(422, 'Invalid request.\n\n"body" wasn\'t supplied.')
        if not body.strip():
            raise self._unprocessable("IssueComment", "Body cannot be blank")
        return self._text(body, "IssueComment")

    def _text(self, body: shape.Json, resource: str) -> str:
        text = body if isinstance(body, str) else ""
        if len(text) > BODY_LIMIT:
            message = f"Body is too long (maximum is {BODY_LIMIT} characters)"
            raise self._unprocessable(resource, message)
        return text

    def _unprocessable(self, resource: str, message: str) -> Refused:
        field: shape.Object = {"resource": resource, "field": "data", "code": "unprocessable"}
        return Refused(422, "Validation Failed", [{**field, "message": message}])

    def _branch(self, repo: Repository, ref: str, message: str) -> str:
        if ref not in repo.branches:
            raise Refused(404, message)
        return ref

    def _commit(self, repo: Repository, ref: str) -> str:
        sha = repo.resolve(ref)
        if sha is None:
            raise Refused(422, f"No commit found for SHA: {ref}")
        return sha

    def _pull(self, repo: Repository, number: int) -> Pull:
        if number not in repo.pulls:
            raise Refused(404, "Not Found")
        return repo.pulls[number]

    def _listed(self, repo: Repository, number: int) -> Listed:
        """An issue or a pull request."""
        return repo.issues[number] if number in repo.issues else self._pull(repo, number)

    def _comment(self, repo: Repository, number: int) -> Comment:
        if number not in repo.comments:
            raise Refused(404, "Not Found")
        return repo.comments[number]
