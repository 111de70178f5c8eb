"""Where the action's container starts: hands over to `pipelayer.github.action`.

Run as `python -I entrypoint.py`, so that neither the workspace nor the caller's PYTHON* settings choose what
is imported. Beside a checkout of Pipelayer, that checkout is what runs; in the image the installed package
does.
"""

from __future__ import annotations

import os
import sys


def _prefer_own_checkout() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    if os.path.exists(os.path.join(here, "pipelayer", "__init__.py")):
        sys.path.insert(0, here)


if __name__ == "__main__":
    _prefer_own_checkout()
    from pipelayer.github.action import main

    sys.exit(main(os.environ))
