"""`pipelayer init --from-pipewelder`: the configuration in our form, and the live pipelines for adoption."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipelayer.commands.asking import confirm, confirm_writing
from pipelayer.commands.making import Ways, preview
from pipelayer.errors import UsageError
from pipelayer.options import command_in
from pipelayer.telling import say

if TYPE_CHECKING:
    from pipelayer.run.offering import Offer, Offers


def inherit(folder: Path, ways: Ways, *, adopt: bool) -> None:
    """Writes `pipelayer.yml`, looks for what is live, and where that is wished writes what takes it over.

    Raises PipelayerError with nothing written.
    """
    from pipelayer.api import Project
    from pipelayer.project.new_files import State, write_files
    from pipelayer.run.starting import foresee, look_around
    from pipelayer.run.starting import inherit as files_of

    if adopt and not ways.aws:
        raise UsageError(f"What is live can't be adopted: {ways.why_no_aws}.", "Leave --adopt out.")
    place = look_around(folder, os.environ)
    old, files = files_of(folder, os.environ)
    prospect = foresee(place, files)
    for one in prospect.planned:
        if one.state is State.DIFFERS:
            message = f"There is another configuration already, in the place of {one.path!r}."
            raise UsageError(message, f"Compare it with {old!r}, and keep one of the two.")
    say(preview(place, prospect))
    if not ways.dry_run:
        if prospect.files and ways.asks:
            confirm_writing("Shall it be so?")
        made = write_files(place.root, prospect.files)
        say(f"Wrote {path}. {old} isn't read any more, and can be removed." for path in made)
    if ways.aws:
        with Project.open(folder) as project:
            found = project.adoptable()
        say(_told(found))
        _adopt(found, folder, place.root, ways, adopt=adopt)
    else:
        say([f"Whether AWS has its pipelines already was not looked up: {ways.why_no_aws}."])
    say([f"What a deploy would do: {command_in(folder)} plan"])


def _adopt(found: Offers, folder: Path, root: Path, ways: Ways, *, adopt: bool) -> None:
    from pipelayer.project.saving import save

    offered = [one for one in found.items if one.adoption]
    if not offered or ways.dry_run:
        return
    if not adopt and not (
        ways.asks and confirm(f"Shall the files say that they take {_these(offered)} over?")
    ):
        say(["`--adopt` writes them down, and one by one:", *(_one_by_one(folder, one) for one in offered)])
        return
    for offer in offered:
        adoption = offer.adoption
        if adoption and adoption.edit and adoption.at:
            save(root, adoption.edit)
            say([f'{adoption.at.path}:{adoption.at.line}: wrote "adopt": "{adoption.live.id}"'])


def _these(offered: Sequence[Offer]) -> str:
    return "it" if len(offered) == 1 else f"these {len(offered)}"


def _told(found: Offers) -> Iterator[str]:
    if found.items:
        yield ""
        yield "AWS has pipelines without a mark of Pipelayer's that are called like these:"
        for offer in found.items:
            for live in offer.found:
                created = f", created {live.created:%Y-%m-%d}" if live.created else ""
                told = f"{live.id}  {live.name} ({live.state}{created})"
                yield f"  {offer.key.group}/{offer.key.directory}  {told}"
            yield from (f"    {note}" for note in _notes(offer))
    else:
        yield "AWS has no pipelines without a mark of Pipelayer's that are called like these."
    yield from (f"note: {note}" for note in found.notes)


def _notes(offer: Offer) -> Iterator[str]:
    if offer.why_not:
        yield f"not offered: {offer.why_not}. Choose with `pipelayer adopt ID --to DIRECTORY -g GROUP`."
    yield from offer.adoption.notes if offer.adoption else ()


def _one_by_one(folder: Path, offer: Offer) -> str:
    directory, group = map(shlex.quote, (offer.key.directory, offer.key.group))
    return f"  {command_in(folder)} adopt {offer.found[0].id} --to {directory} -g {group}"
