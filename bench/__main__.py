"""Runs the benchmarks, and ends with one table of what they measured, in Markdown.

    python bench [NAME…]

A name is that of a script without `bench_`; without names, all are run. Fails where one of them fails.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from made import TABLE, table

SCRIPTS = {
    path.stem.removeprefix("bench_"): path for path in sorted(Path(__file__).parent.glob("bench_*.py"))
}


def run(script: Path, environ: Mapping[str, str]) -> int:
    """Its exit code."""
    return subprocess.run([sys.executable, script], env=environ, check=False).returncode


def main() -> int:
    """Runs what was named."""
    names = sys.argv[1:] or list(SCRIPTS)
    if unknown := set(names) - set(SCRIPTS):
        print(
            f"There is no benchmark {', '.join(sorted(unknown))}, only {', '.join(SCRIPTS)}.", file=sys.stderr
        )
        return 2
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows"
        environ = {**os.environ, TABLE: str(rows)}
        failed = [name for name in names if run(SCRIPTS[name], environ)]
        print(f"\n{table(rows)}")
    print(f"\nMeasured on {os.cpu_count()} cores with Python {platform.python_version()}.")
    if failed:
        print(f"Beyond its target, or broken: {', '.join(failed)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
