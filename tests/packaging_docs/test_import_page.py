"""docs/import.md names every field of the JSON that an import prints."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from pipelayer.imports import Importer
from pipelayer.render.imports import dumps
from pipelayer.sandbox import Sandbox
from support.accounts import live, shell_job
from support.pages import entries, section, text_of

PAGE = text_of("docs/import.md")


def test_it_has_every_field_of_the_json(tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        for name, activate in (("there", True), ("new", True), ("draft", False)):
            live(sandbox, name, shell_job(), activate=activate)
        environ = {"PATH": os.environ["PATH"], **sandbox.aws_environment()}
        importer = Importer.open(tmp_path, project="acme/nightly", environ=environ)
        list(importer.write(importer.plan(importer.choose(["there"]))))
        again = Importer.open(tmp_path, environ=environ)
        document = json.loads(dumps(again.destination, again.plan(again.choose()), (), ()))
    told = section(PAGE, "For scripts")
    rows = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in entries(told)}
    lists = {name: one for name, one in document.items() if isinstance(one, list)}
    assert list(rows) == list(lists)
    assert rows | {"notes": set()} == {name: set(*map(set, one)) for name, one in lists.items()}
    intro, _, _ = told.partition("| field |")
    assert set(document) - set(lists) == set(re.findall(r"`(\w+)`", intro))
