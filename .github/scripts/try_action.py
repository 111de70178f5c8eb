"""What surrounds the action where it runs against itself, on examples/nightly with the sandbox for AWS.

    try_action.py start [HOST]   starts the sandbox and leaves it running; its outputs are `url` and `pid`
    try_action.py check          ends with 1 unless the action did what it should have

`start` needs the sandbox's packages. HOST is where it listens: an action's container stands on docker's
default network, whose gateway is this machine. `check` reads the action's outputs from RESULT, CHANGED and
FAILED, and after a deploy ACTIVATED, beside the sandbox's address in SANDBOX.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

_PROJECT = Path(__file__).parents[2] / "examples" / "nightly"
_EXAMPLES = {path.parent.name for path in _PROJECT.glob("*/values.*")}
_GATEWAY = "{{(index .IPAM.Config 0).Gateway}}"


def docker_gateway() -> str:
    """This machine's address for containers."""
    asked = ["docker", "network", "inspect", "bridge", "--format", _GATEWAY]
    return subprocess.run(asked, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def start(host: str) -> tuple[str, int]:
    """Starts the sandbox with the account and the bucket of the group `dev`; gives address and process."""
    with Path(os.environ["RUNNER_TEMP"], "sandbox.log").open("wb") as log:
        sandbox = subprocess.Popen(
            [sys.executable, "-m", "pipelayer.sandbox", "--host", host, "--account", "111122223333"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    assert sandbox.stdout is not None
    said = dict(line.removeprefix("export ").strip().split("=", 1) for line in _until_ready(sandbox.stdout))
    url = said["AWS_ENDPOINT_URL"]
    _ask(url, "create-bucket", {"name": "acme-dev-pipelines", "region": "us-west-2"})
    return url, sandbox.pid


def _until_ready(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith("# control API"):
            return
        yield line
    raise SystemExit("The sandbox didn't start; see sandbox.log in RUNNER_TEMP.")


def _ask(url: str, path: str, body: object = None) -> object:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{url}/_sandbox/{path}", data), timeout=30) as answer:  # noqa: S310 (our own)
        return json.load(answer)


def problems() -> Iterator[str]:
    """What isn't as it should be."""
    if os.environ["RESULT"] != "success":
        yield f"The result is {os.environ['RESULT']!r}."
    if os.environ["CHANGED"] != str(len(_EXAMPLES)) or json.loads(os.environ["FAILED"]):
        yield f"{os.environ['CHANGED']} were selected, and {os.environ['FAILED']} failed."
    if "SANDBOX" in os.environ:
        activated = {key.rpartition("/")[2] for key in json.loads(os.environ["ACTIVATED"])}
        if activated != _EXAMPLES:
            yield f"Activated are {sorted(activated)}."
        listed = _ask(os.environ["SANDBOX"], "pipelines")
        assert isinstance(listed, list)
        scheduled = [one["name"] for one in listed if one["state"] == "SCHEDULED"]
        if len(scheduled) != len(_EXAMPLES):
            yield f"Scheduled are {scheduled}."


def main(arguments: list[str]) -> int:
    """0 where all is as it should be."""
    match arguments:
        case ["start", *host]:
            url, pid = start(*host or [docker_gateway()])
            with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
                outputs.write(f"url={url}\npid={pid}\n")
            return 0
        case ["check"]:
            found = list(problems())
            print("\n".join(found) or "All is as it should be.")
            return int(bool(found))
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
