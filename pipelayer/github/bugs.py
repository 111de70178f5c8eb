"""An exception that nobody foresaw: one line for everybody, its innards for who debugs, never a secret."""

from __future__ import annotations

import re
import sys
import threading
import traceback
from collections.abc import Mapping

from pipelayer.errors import PipelayerError
from pipelayer.github.commands import Log
from pipelayer.render.annotations import Level

_ISSUES = "https://github.com/pipelayer/pipelayer/issues"
_SECRET_NAME = re.compile("TOKEN|SECRET|PASSW|SALT|KEY|CREDENTIAL|AUTH", re.IGNORECASE)
_SHORTEST = 4


def as_problem(bug: Exception, what: str, log: Log) -> PipelayerError:
    """A bug as what ends the run, for its report."""
    hint = "" if log.wants_debug else "Run the job again with debug logging for the details."
    name = type(bug).__name__
    return PipelayerError(
        f"{what} failed with {name}: this is a bug in Pipelayer, please report it at {_ISSUES}.", hint
    )


def confess(bug: Exception, what: str, log: Log, environ: Mapping[str, str]) -> None:
    """One clear line, where no report says it; with `RUNNER_DEBUG=1` the traceback after it."""
    problem = as_problem(bug, what, log)
    log.annotate(Level.ERROR, f"{problem.message} {problem.hint}".rstrip(), title="Pipelayer")
    tell_details(bug, log, environ)


def tell_details(bug: BaseException, log: Log, environ: Mapping[str, str]) -> None:
    """Where it happened, for who debugs."""
    log.debug(without_secrets("".join(traceback.format_exception(bug)), environ))


def tell_the_unheard(log: Log, environ: Mapping[str, str]) -> None:
    """Sends to the debug log what no caller can catch: exceptions of threads and of finalisers. Python would
    print them to stderr, unescaped.
    """

    def tell(what: threading.ExceptHookArgs | sys.UnraisableHookArgs) -> None:
        if what.exc_value:
            tell_details(what.exc_value, log, environ)

    threading.excepthook = tell
    sys.unraisablehook = tell


def without_secrets(text: str, environ: Mapping[str, str]) -> str:
    """The text without the values of variables whose names sound secret."""
    values = {
        value for name, value in environ.items() if _SECRET_NAME.search(name) and len(value) >= _SHORTEST
    }
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, "***")
    return text
