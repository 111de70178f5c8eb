"""Where the action's container starts: hands over to `pipelayer.github.action`.

Run as `python -I entrypoint.py`, so that neither the workspace nor the caller's PYTHON* settings choose what
is imported. Beside a checkout of Pipelayer, that checkout is what runs; in the image the installed package
does.

The working directory is the workspace, in which a pull request puts what it likes. It is left at once, since
a relative path in a setting such as AWS_CONFIG_FILE would name a file there.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

_EXIT_CODE = 130
_CANCELLED = b"::error title=Pipelayer::Cancelled before anything was begun.\n"


def _prefer_own_checkout() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    if os.path.exists(os.path.join(here, "pipelayer", "__init__.py")):
        sys.path.insert(0, here)


def _leave(number: int, frame: FrameType | None) -> None:
    """Python would end in a traceback, and PID 1 overlooks the signals that nobody handles."""
    os.write(1, _CANCELLED)
    os._exit(_EXIT_CODE)


if __name__ == "__main__":
    # Until `main` has handlers of its own: the imports take a tenth of a second.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    if not os.environ.get("GITHUB_WORKSPACE"):
        os.environ["GITHUB_WORKSPACE"] = os.getcwd()
    os.chdir("/")
    _prefer_own_checkout()
    from pipelayer.github.action import main

    sys.exit(main(os.environ))
