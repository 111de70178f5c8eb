"""`python -m pipelayer.sandbox`: runs until interrupted, and prints the environment to export."""

from __future__ import annotations

import argparse
import shlex
import signal
import threading
from collections.abc import Sequence

from .server import Sandbox
from .settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """0 once it has been interrupted."""
    parser = argparse.ArgumentParser(prog="python -m pipelayer.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port to listen on (default: a free one)")
    parser.add_argument(
        "--host", default="127.0.0.1", help="the address to listen on, for a container (default: %(default)s)"
    )
    parser.add_argument(
        "--account", default="123456789012", help="the account's number (default: %(default)s)"
    )
    parser.add_argument("--region", default="us-east-1", help="the region to export (default: %(default)s)")
    chosen = parser.parse_args(arguments)

    from .github import GitHubSandbox

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with Sandbox(
        Settings(account=chosen.account, write_logs=True),
        github=GitHubSandbox(),
        port=chosen.port,
        host=chosen.host,
    ) as sandbox:
        for name, value in {**sandbox.aws_environment(chosen.region), **sandbox.github_environment()}.items():
            print(f"export {name}={shlex.quote(value)}")
        print(f"# control API: {sandbox.url}/_sandbox/", flush=True)
        stop.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
