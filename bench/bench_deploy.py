"""A first deploy: beside the AWS CLI in a shell loop, and beside the time that AWS's rate limits impose.

    python bench/bench_deploy.py [ROUNDS]

Every call takes 60 ms longer than the sandbox needs, which is a process of its own, as are Pipelayer and each
`aws`. The best of the rounds counts. The CLI stands in `.venv/bench`, where `make bench` installs it. Fails
beyond the targets.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from made import BUCKET, make_project, offer, print_table
from served import ServedSandbox

from pipelayer.demo.places import git

LATENCY = 0.060
FEW, MANY = 50, 150
PER_SECOND, BURST = 1, 100
CLI = Path(__file__).parents[1] / ".venv" / "bench" / "bin"

DEPLOY_ONE = f"""set -e
id=$(aws datapipeline create-pipeline --name "$1" --unique-id "$1" --query pipelineId --output text)
aws s3 sync --only-show-errors --delete --exclude values.json "$1" "s3://{BUCKET}/code/$1"
aws datapipeline put-pipeline-definition --pipeline-id "$id" \\
  --pipeline-definition file://pipeline_definition.json \\
  --parameter-values "myS3InputDir=s3://{BUCKET}/code/$1" myLevel=1 >/dev/null
aws datapipeline activate-pipeline --pipeline-id "$id"
"""


def project(folder: Path, pipelines: int) -> list[str]:
    """A repository of pipelines with 3 to 10 files each; their directories' names."""
    names = make_project(folder, pipelines, 2)
    definition = folder / "pipeline_definition.json"
    # The CLI would move no start that has passed.
    definition.write_text(definition.read_text().replace("2024-01-01T", "2040-01-01T"))
    for number, name in enumerate(names):
        for more in range(number % 8):
            (folder / name / "tasks" / f"more_{more}.sh").write_text(f"echo more {more}\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "Pipelines")
    return names


@dataclass
class Deploying:
    """One project, and ways to deploy it to an account with nothing in it."""

    sandbox: ServedSandbox
    home: Path
    pipelines: int
    limits: bool = False

    def __post_init__(self) -> None:
        self.folder = self.home / f"of-{self.pipelines}"
        self.names = project(self.folder, self.pipelines)

    def pipelayer(self) -> float:
        """`pipelayer deploy`; seconds."""
        return self._measure([str(Path(sys.executable).with_name("pipelayer")), "deploy"])

    def cli(self, at_once: int) -> float:
        """The AWS CLI, four commands a pipeline, so many pipelines at once; seconds."""
        script = self.home / "deploy-one"
        script.write_text(DEPLOY_ONE)
        return self._measure(["xargs", f"-P{at_once}", "-n1", "sh", str(script)], "\n".join(self.names))

    def _measure(self, command: Sequence[str], given: str = "") -> float:
        """Runs it, and makes sure that everything is there and at work."""
        self.sandbox.begin(LATENCY, limits=self.limits)
        path = f"{CLI}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        environ = {"PATH": path, "HOME": str(self.home), **self.sandbox.environ}
        began = time.perf_counter()
        done = subprocess.run(
            command, cwd=self.folder, env=environ, input=given, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - began
        assert done.returncode == 0, done.stderr
        states = Counter(one["state"] for one in self.sandbox.see("pipelines"))
        assert states["SCHEDULED"] == self.pipelines, states
        files = sum(3 + number % 8 for number in range(self.pipelines))
        assert self.taken()["PutObject"] == files, (self.taken(), files)
        return seconds

    def taken(self) -> Counter[str]:
        """How many calls of each operation AWS has taken."""
        return Counter(one["operation"] for one in self.sandbox.see("calls") if not one["code"])

    def imposed(self) -> float:
        """Seconds that the limits alone impose on what was done last.

        Every definition is validated before the first pipeline is created, so two waits add up.
        """
        taken = self.taken()
        writes = ("CreatePipeline", "PutPipelineDefinition", "ActivatePipeline")
        phases = taken["ValidatePipelineDefinition"], max(taken[one] for one in writes)
        return sum(max(0, calls - BURST) / PER_SECOND for calls in phases)


def best(rounds: int, *ways: Callable[[], float]) -> list[float]:
    """The best seconds of each way. They take turns, so that a busy machine is busy for all."""
    found = [[way() for way in ways] for _ in range(rounds)]
    return [min(times) for times in zip(*found, strict=True)]


def main() -> int:
    """Prints the tables."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    if not (CLI / "aws").exists():
        print("The AWS CLI isn't in .venv/bench: `make bench` installs it.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, ServedSandbox() as sandbox:
        few = Deploying(sandbox, Path(folder), FEW)
        ours, four, one = best(rounds, few.pipelayer, lambda: few.cli(4), lambda: few.cli(1))
        many = Deploying(sandbox, Path(folder), MANY, limits=True)
        (limited,) = best(rounds, many.pipelayer)
        imposed = many.imposed()
    rows = [
        ("pipelayer deploy", ours, 1.0, ""),
        ("AWS CLI, xargs -P4", four, four / ours, "10"),
        ("AWS CLI, one after another", one, one / ours, "20"),
    ]
    print_table(
        f"{FEW} new pipelines of 3 to 10 files, {LATENCY * 1000:.0f} ms a call",
        ("", "seconds", "x pipelayer", "target"),
        [(name, f"{seconds:.1f}", f"{ratio:.1f}", target) for name, seconds, ratio, target in rows],
    )
    print_table(
        f"{MANY} new pipelines under AWS's rate limits",
        ("", "seconds", "x limits", "target"),
        [
            ("the limits alone", f"{imposed:.1f}", "1.00", ""),
            ("pipelayer deploy", f"{limited:.1f}", f"{limited / imposed:.2f}", "1.2"),
        ],
    )
    what = f"{FEW} new pipelines of 3 to 10 files, {LATENCY * 1000:.0f} ms a call"
    for beside, seconds, least in (("`xargs -P4`", four, 10), ("one after another", one, 20)):
        cli = f"AWS CLI, {beside}: {seconds:.0f} s"
        offer(what, f"{ours:.1f} s", cli, f"{seconds / ours:.0f} times faster", f"at least {least} times")
    offer(
        f"{MANY} new pipelines under AWS's rate limits",
        f"{limited:.0f} s",
        f"what the limits impose: {imposed:.0f} s",
        f"{limited / imposed:.2f} of it",
        "at most 1.2 of it",
    )
    return 0 if four / ours >= 10 and one / ours >= 20 and limited / imposed <= 1.2 else 1


if __name__ == "__main__":
    sys.exit(main())
