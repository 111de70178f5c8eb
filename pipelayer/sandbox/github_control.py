"""The stand-in's methods as JSON requests, for whoever plays with it from another process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from pipelayer.sandbox.github_json import Json
from pipelayer.sandbox.github_rest import answer
from pipelayer.sandbox.github_words import instant

if TYPE_CHECKING:
    from pipelayer.sandbox.github import GitHubSandbox


def control(sandbox: GitHubSandbox, request: Request) -> Response:
    """Does what the request asks for; a request that makes no sense gets 400 with the reason."""
    what = request.path.removeprefix("/_control/").strip("/")
    document = request.get_json(force=True, silent=True) if request.method == "POST" else {}
    if not isinstance(document, dict):
        return answer({"message": "the body must be a JSON object"}, 400)
    posts: dict[str, Callable[..., object]] = {
        "repositories": sandbox.add_repository,
        "commits": sandbox.add_commit,
        "pulls": sandbox.add_pull,
        "push": sandbox.push_to_pull,
        "merge": sandbox.merge_pull,
        "comments": sandbox.add_comment,
        "issues": sandbox.add_issue,
        "issue": sandbox.set_issue,
        "tokens": sandbox.add_token,
        "faults": sandbox.fail,
    }
    try:
        match request.method, what:
            case "POST", _ if what in posts:
                return answer(plain(posts[what](**document)), 201)
            case "GET", "calls":
                return answer([plain(call) for call in sandbox.calls()])
            case "GET", "comments":
                number = int(request.args.get("number", "0"))
                comments = sandbox.comments(request.args.get("repository", ""), number)
                return answer([plain(comment) for comment in comments])
            case "GET", "issues":
                issues = sandbox.issues(request.args.get("repository", ""))
                return answer([plain(issue) for issue in issues])
            case "DELETE", "calls":
                sandbox.clear_calls()
                return Response(status=204)
            case "DELETE", "faults":
                sandbox.clear_faults()
                return Response(status=204)
            case _:
                return answer({"message": f"no such control: {request.method} {what}"}, 404)
    except (KeyError, TypeError, ValueError) as error:
        return answer({"message": f"{type(error).__name__}: {error}"}, 400)


def plain(value: object) -> Json:
    """A value of the stand-in as JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        return {key: plain(item) for key, item in asdict(value).items()}
    match value:
        case None | bool() | int() | str():
            return value
        case list() | tuple():
            return [plain(item) for item in value]
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case _:
            from datetime import datetime

            return instant(value) if isinstance(value, datetime) else str(value)
