"""What can go wrong with a request to GitHub, and how long it is worth insisting."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from pipelayer.errors import PipelayerError

_ATTEMPTS = 3
LONGEST_WAIT = 60.0
"""Seconds that a rate limit may hold up one request."""

_T = TypeVar("_T")


class Trouble(StrEnum):
    """What a failed request to GitHub means for the one who made it."""

    DENIED = "denied"  # the token may not
    GONE = "gone"  # it doesn't exist, or this token can't see it
    LIMITED = "limited"  # too many requests
    LOST = "lost"  # no usable answer: it may have taken effect or not
    REFUSED = "refused"  # anything else: asking again won't help


class ApiError(PipelayerError):
    """GitHub didn't do what it was asked. `wait` is how many seconds a rate limit asks for."""

    def __init__(self, message: str, trouble: Trouble, hint: str = "", *, wait: float = 0.0) -> None:
        super().__init__(message, hint)
        self.trouble = trouble
        self.wait = wait


def persist(request: Callable[[], _T], sleep: Callable[[float], None]) -> _T:
    """Tries again after a lost answer and after a rate limit, a few times and not for long."""
    for attempt in range(1, _ATTEMPTS):
        try:
            return request()
        except ApiError as error:
            match error.trouble:
                case Trouble.LOST:
                    wait = float(2**attempt)
                case Trouble.LIMITED if error.wait <= LONGEST_WAIT:
                    wait = max(error.wait, 1.0)
                case _:
                    raise
        sleep(wait)
    return request()


def wait_in_line(request: Callable[[], _T], sleep: Callable[[float], None]) -> _T:
    """For reading, which the client itself repeats after a lost answer: tries again after a rate limit
    alone.
    """
    try:
        return request()
    except ApiError as error:
        if error.trouble is not Trouble.LIMITED or error.wait > LONGEST_WAIT:
            raise
        sleep(max(error.wait, 1.0))
    return request()


def once(make: Callable[[], _T], find: Callable[[], _T | None], sleep: Callable[[float], None]) -> _T:
    """For what must not be there twice: after a lost answer `find` looks whether it is, before `make` is
    tried again. May raise ApiError.
    """

    def attempt() -> _T:
        try:
            return make()
        except ApiError as error:
            if error.trouble is not Trouble.LOST:
                raise
            sleep(1.0)
            try:
                found = find()
            except ApiError as second:
                message = f"{second.message}, so that it is not known whether the first request took effect"
                raise ApiError(message, Trouble.REFUSED) from second
            if found is None:
                raise
            return found

    return persist(attempt, sleep)
