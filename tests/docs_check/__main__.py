"""What the documents claim, held against GitHub: its descriptions, its toolkit, its Markdown style,
its diagrams.

make docs-check     checks everything, a line for each check
make pictures       makes the pictures in docs/images anew
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from docs_check import commands, pictures, queries, traffic
from docs_check.blocks import all_blocks, documents
from docs_check.description import Description
from docs_check.drawing import draw
from docs_check.made_up import made_up_blocks
from docs_check.packages import CantCheck, install
from docs_check.verdict import Verdict, shown
from pipelayer.render.words import count


def check() -> Iterator[Verdict]:
    """Every check, in the order of the lines."""
    schema = queries.public_schema()
    yield from queries.check(schema)
    description = Description.of_package()
    yield from traffic.check(description, schema)
    yield description.check_extract()
    yield from commands.check()

    blocks, made_up = tuple(all_blocks()), tuple(made_up_blocks())
    pages = [picture.page(write=False) for picture in pictures.PICTURES]
    drawn = draw((*blocks, *made_up), pages)
    found, others = count(len(blocks), "Mermaid block"), count(len(made_up), "made-up one")
    said = f"{found} in {len(documents())} documents and {others}, drawn by {drawn.versions}"
    yield Verdict(said, drawn.blocks)
    shown_ones = count(len(pages), "comment")
    yield Verdict(f"{shown_ones} in GitHub's style, drawn whole, nothing wider than the comment", drawn.pages)
    taken = count(len(pages), "picture")
    yield Verdict(f"{taken} in docs/images, of today's comments", tuple(pictures.problems()))


def take() -> Iterator[Verdict]:
    """Makes the pictures."""
    pictures.IMAGES.mkdir(parents=True, exist_ok=True)
    drawn = draw((), [picture.page(write=True) for picture in pictures.PICTURES])
    if not drawn.pages:
        pictures.write_record()
    for picture in pictures.PICTURES:
        yield Verdict(f"{shown(picture.png)}: {picture.png.stat().st_size // 1000} kB")
    yield Verdict(f"taken with {drawn.versions}", drawn.pages or tuple(pictures.problems()))


def main() -> int:
    """Exit code 1 where a check failed or couldn't be made."""
    failed = False
    try:
        install()
        for verdict in take() if sys.argv[1:] == ["--take-pictures"] else check():
            print(verdict, flush=True)
            failed |= bool(verdict.problems)
    except CantCheck as error:
        print(error, file=sys.stderr)
        return 1
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
