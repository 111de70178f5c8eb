"""`pipelayer import`: from the pipelines of an account to a project."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelayer.commands.asking import ask, can_ask, confirm_writing, stop
from pipelayer.errors import PipelayerError, UsageError
from pipelayer.options import command_in, folder_option
from pipelayer.telling import refused, say

if TYPE_CHECKING:
    from pipelayer.importer.blueprint import Drawn
    from pipelayer.importer.choosing import Candidate
    from pipelayer.progress import Bars, Lines
    from pipelayer.run.import_reading import LeftOut
    from pipelayer.run.importing import ImportPlan


@click.command("import", short_help="Write a project from the pipelines that AWS has.")
@click.argument("names", nargs=-1, metavar="[NAME|ID|GLOB]...")
@click.option("--tag", "tags", multiple=True, metavar="KEY[=VALUE]", help="Only pipelines with this tag.")
@folder_option()
@click.option("--region", default="", help="Where they are. Else the project's, else AWS_REGION.")
@click.option("--project", default="", metavar="OWNER/REPO", help="The project's name. Else its origin's.")
@click.option("-g", "--group", default="", help="The group that they become part of.  [default: default]")
@click.option("--broken", is_flag=True, help="Also those that a deploy would refuse, to be mended here.")
@click.option("--list", "listing", is_flag=True, help="List what there is, write nothing.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, write nothing.")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON. Asks nothing.")
def import_(
    names: tuple[str, ...],
    tags: tuple[str, ...],
    working_directory: str | None,
    region: str,
    project: str,
    group: str,
    broken: bool,
    listing: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Write a project from the pipelines that AWS has: all of them, or those that are named.

    Pipelines that differ in texts alone share a template; what differs becomes their values. The files that
    their commands run are fetched from S3. Secrets are not written. The live pipelines go on as they are: the
    first deploy takes them over with their ids and their history, and changes nothing.

    Nothing in AWS is changed, and no file that is there already. What was cut short goes on with the same
    command.

    \b
    Examples:
      pipelayer import --list
      pipelayer import -C nightly --project acme/nightly
      pipelayer import 'export-*' --tag team=data --dry-run
    """
    folder = Path(working_directory or click.get_current_context().obj or ".")
    chosen_with = {"group": group, "region": region, "project": project}
    quiet = yes or as_json or dry_run or listing
    from pipelayer.render.imports import listed

    asks = not quiet and can_ask()
    try:
        if not (quiet or asks):
            raise UsageError("Nobody is there to ask.", "Say --yes, or --dry-run to see what it would write.")
        run = _Run(folder, chosen_with, asks=asks)
        chosen = run.choose(names, tags)
        if listing:
            say(listed(chosen, run.present))
            sys.exit(0)
        code = run.take(chosen, broken=broken, dry_run=dry_run, as_json=as_json)
        sys.exit(code or int(bool(names) and any(one.why_not for one in chosen)))
    except PipelayerError as problem:
        sys.exit(refused(problem))


def _meant(word: str, chosen: Sequence[Candidate]) -> list[str]:
    """A number, or several from one to another, as ids; anything else as it is."""
    first, _, last = word.partition("-")
    if first.isdecimal() and (last or first).isdecimal():
        return [one.live.id for one in chosen[max(0, int(first) - 1) : int(last or first)]]
    return [word] if word else []


class _Run:
    """One import on a laptop. Until the first file is written, Ctrl-C ends it at once."""

    def __init__(self, folder: Path, chosen_with: Mapping[str, str], *, asks: bool) -> None:
        from pipelayer.imports import Importer
        from pipelayer.interrupt import Interruption

        self._folder = folder
        self._asks = asks
        self._writing = False
        self._journal: Lines | Bars | None = None
        self._done: list[Drawn] = []
        self._wanted = 0
        interruption = Interruption(lambda: self._writing, lambda: say(self._how_far(), err=True))
        interruption.install()
        self._importer = Importer.open(
            folder,
            group=chosen_with["group"],
            region=chosen_with["region"],
            project=chosen_with["project"],
            interrupted=interruption.asked,
            tell=self._tell,
            ask_project=self._ask_project if asks else None,
        )

    @property
    def present(self) -> Collection[str]:
        """The ids of the pipelines that the project has already."""
        return self._importer.present

    def choose(self, names: Sequence[str], tags: Sequence[str]) -> Sequence[Candidate]:
        """The pipelines that are meant; somebody who named none is asked."""
        from pipelayer.render.imports import listed

        chosen = self._importer.choose(names, tags)
        if not self._asks or names or tags:
            return chosen
        say(listed(chosen, self.present, numbered=True), err=True)
        while True:
            prompt = "Which ones? Numbers such as 1-3, names or globs, with commas between"
            answer = ask(prompt, "all")
            if answer is None:
                stop()
            try:
                words = [word for part in answer.split(",") for word in _meant(part.strip(), chosen)]
                return chosen if words == ["all"] else self._importer.choose(words)
            except UsageError as problem:
                refused(problem)

    def take(self, chosen: Sequence[Candidate], *, broken: bool, dry_run: bool, as_json: bool) -> int:
        """Reads, shows, asks and writes; gives the exit code."""
        from pipelayer.importer.blueprint import Drawn
        from pipelayer.render.imports import dumps, left_out, previewed

        importer, destination = self._importer, self._importer.destination
        with self._told():
            plan = importer.plan(chosen, broken=broken)
        if not as_json:
            say(previewed(destination, plan))
        wanted = plan.blueprint.pipelines
        if wanted and not dry_run and self._asks:
            confirm_writing("Write this?")
        done = self._done
        self._wanted = len(wanted)
        left: list[LeftOut] = list(plan.left_out)
        if not dry_run:
            self._writing = True
            try:
                with self._told():
                    for one in importer.write(plan):
                        if isinstance(one, Drawn):
                            done.append(one)
                        else:
                            left.append(one)
            except PipelayerError:
                say(self._how_far(), err=True)
                raise
        if as_json:
            say(dumps(destination, plan, done, left).splitlines())
        else:
            say(left_out(left[len(plan.left_out) :]), err=True)
            say(self._next(plan, done, dry_run=dry_run))
        return int(bool(left))

    def _ask_project(self) -> str:
        prompt = "What is the project called? OWNER/REPO, or any such name"
        answer = ask(prompt, None)
        if answer is None:
            stop()
        return answer.strip()

    def _how_far(self) -> list[str]:
        if not self._writing:
            return ["Nothing was written."]
        far = f"{len(self._done)} of {self._wanted} pipelines were written whole."
        return [f"{far} The same command goes on from there."]

    def _next(self, plan: ImportPlan, done: Sequence[Drawn], *, dry_run: bool) -> Iterator[str]:
        if dry_run or not plan.blueprint.pipelines:
            yield "Nothing was written."
        if done:
            from pipelayer.render.words import count

            command = command_in(self._folder)
            yield f"Wrote {count(len(done), 'pipeline')}. Now:"
            inside = "" if self._folder == Path() else f" -C {shlex.quote(str(self._folder))}"
            ignored = self._importer.ignored(done)
            start = f"git{inside} init && " if ignored is None else ""
            yield f"  {start}git{inside} add ."
            yield f"  {command} plan"
            yield f"  {command} deploy"
            yield f"  {command} init      makes the workflow and the roles for GitHub"
            if plan.broken & {one.found.live.id for one in done}:
                yield "Some of them would be refused: `plan` says what to mend."
            else:
                yield "The plan shows that nothing would change; the deploy takes the live pipelines over."
            if ignored:
                files = ", ".join(ignored[:5]) + (f" and {len(ignored) - 5} more" if len(ignored) > 5 else "")
                yield f"note: git ignores {files}: `git add -f` them, or a deploy deletes them in S3."

    def _tell(self, doing: str, done: int, total: int) -> None:
        if self._journal:
            self._journal.progress(None, doing, done, total)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Shows progress, which must be gone before anything is asked."""
        from pipelayer.progress import journal_for

        with journal_for(sys.stderr) as self._journal:
            yield
        self._journal = None
