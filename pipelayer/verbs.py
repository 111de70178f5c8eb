"""What the five verbs of the command line do once their options are read: the run, and its report whatever
happens.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import cast

import click

from pipelayer.api import Project
from pipelayer.errors import PipelayerError, in_words
from pipelayer.interrupt import Interruption
from pipelayer.model import Report, Verb
from pipelayer.options import command_in, unusual
from pipelayer.progress import journal_for
from pipelayer.run.draft import failed
from pipelayer.run.options import RunOptions
from pipelayer.run.stopping import told_to_stop

Sources = Callable[[str], bytes | None]


def run_verb(verb: Verb, given: dict[str, object]) -> int:
    """Runs a verb with the options of `options.verb_options`, by their names; gives the exit code.

    With PIPELAYER_DEBUG=1 a bug is raised instead of reported.
    """
    if given["changed_since"] is None:
        del given["changed_since"]
    names = cast("tuple[str, ...]", given.pop("names"))
    folder = Path(str(given.pop("working_directory") or "."))
    as_json = bool(given.pop("as_json"))
    sarif = str(given.pop("sarif"))
    group, config, source = (str(given.pop(name)) for name in ("group", "config", "source"))
    project: Project | None = None

    def cut_short(problem: PipelayerError) -> Report:
        return (project and project.cut_short(problem)) or failed(verb, problem)

    with ExitStack() as kept:
        with journal_for(sys.stderr) as journal:

            def report_now() -> None:
                # Without SARIF: who reads it would take what this run didn't find any more for mended.
                if as_json or journal.began:
                    _show(cut_short(told_to_stop()), _no_source, as_json)

            interruption = Interruption(lambda: journal.began, report_now)
            interruption.install()
            try:
                project = kept.enter_context(
                    Project.open(
                        folder,
                        group=group,
                        config=config,
                        source=source,
                        journal=journal,
                        interrupted=interruption.asked,
                        retry_command=command_in(folder),
                        retry_options=unusual(config, source),
                    )
                )
                report = project.run(verb, names, **cast("RunOptions", given))
            except PipelayerError as problem:
                report = failed(verb, problem)
            except Exception as bug:
                if os.environ.get("PIPELAYER_DEBUG") == "1":
                    raise
                hint = "PIPELAYER_DEBUG=1 shows where it happened."
                report = cut_short(PipelayerError(in_words(bug), hint))
        interruption.deadline.over(report.exit_code)
        read = project.read if project else _no_source
        _show(report, read, as_json)
        # What a stopped run didn't look at would count as mended.
        written = not sarif or report.stopped or _write_sarif(report, read, Path(sarif))
    return report.exit_code or int(not written)


def _write_sarif(report: Report, read: Sources, path: Path) -> bool:
    from pipelayer.render.sarif import sarif

    try:
        path.write_text(sarif(report, read), encoding="ascii")
    except OSError as problem:
        click.echo(f"Error: {str(path)!r} can't be written: {problem.strerror}.", err=True)
        return False
    return True


def _no_source(path: str) -> bytes | None:
    return None


def _show(report: Report, read: Sources, as_json: bool) -> None:
    """Prints the report."""
    if as_json:
        from pipelayer.model.report_json import dumps

        click.echo(dumps(report))
    else:
        from pipelayer.render.terminal import print_report

        print_report(report, file=sys.stdout, sources=read, width=shutil.get_terminal_size((100, 24)).columns)
    sys.stdout.flush()
