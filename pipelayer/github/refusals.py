"""What PyGithub raises, as the one error that the action knows. PyGithub is imported when it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipelayer.github.trouble import ApiError, Trouble

if TYPE_CHECKING:
    from github.GithubException import GithubException


_LONGEST = 300
"""Characters of GitHub's own words."""


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turns what PyGithub and the network raise into an ApiError that says what could not be done."""
    from requests import RequestException

    from github import BadAttributeException, GithubException

    try:
        yield
    except BadAttributeException as error:
        raise ApiError(f"could not {what}: an unusable answer", Trouble.REFUSED) from error
    except GithubException as error:
        raise _refusal(what, error) from error
    except RequestException as error:
        reason = f"no answer from GitHub ({type(error).__name__})"
        raise ApiError(f"could not {what}: {reason}", Trouble.LOST) from error
    except AssertionError as error:
        # PyGithub asserts that redirects and links stay on the server that the token is for.
        raise ApiError(f"could not {what}: the answer leads to another server", Trouble.REFUSED) from error
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise ApiError(f"could not {what}: an unusable answer", Trouble.REFUSED) from error


def _refusal(what: str, error: GithubException) -> ApiError:
    from github import RateLimitExceededException

    headers = {key.lower(): value for key, value in (error.headers or {}).items()}
    said = error.data.get("message") if isinstance(error.data, dict) else None
    words = f" ({str(said)[:_LONGEST]})" if said else ""
    message = f"could not {what}: GitHub answered {error.status}{words}"
    match error.status:
        case 401:
            hint = "the token is wrong or has expired; check the input `github-token`"
            return ApiError(message, Trouble.REFUSED, hint)
        case 429:
            return ApiError(message, Trouble.LIMITED, wait=_wait(headers))
        case 403 if isinstance(error, RateLimitExceededException) or "retry-after" in headers:
            return ApiError(message, Trouble.LIMITED, wait=_wait(headers))
        case 403:
            return ApiError(message, Trouble.DENIED)
        case 404 | 410:
            return ApiError(message, Trouble.GONE)
        case status if status >= 500:
            return ApiError(message, Trouble.LOST)
        case _:
            return ApiError(message, Trouble.REFUSED)


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds that a rate limit asks to wait; a minute where it doesn't say, as GitHub advises."""
    if (seconds := _number(headers.get("retry-after"))) is not None:
        return seconds
    reset = _number(headers.get("x-ratelimit-reset"))
    if headers.get("x-ratelimit-remaining") == "0" and reset is not None:
        return max(0.0, reset - datetime.now(UTC).timestamp() + 1)
    return 60.0


def _number(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdecimal() and len(text) < 16 else None
