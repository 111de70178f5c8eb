"""Names in AWS, which may hold anything and come twice, as names of folders and parameters. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping

from pipelayer.model import LivePipeline

_LONGEST = 60
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_DEVICES = re.compile(r"(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")
"""What Windows lets nobody name a folder (Microsoft, "Naming Files, Paths, and Namespaces")."""


def folder_name(text: str) -> str:
    """The text as the name of a folder that every system takes, "" where nothing of it is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    name = _UNFIT.sub("-", plain)[:_LONGEST].strip("-.")
    return f"{name}-pipeline" if _DEVICES.fullmatch(name) else name


def folder_names(pipelines: Iterable[LivePipeline], taken: Collection[str]) -> Mapping[str, str]:
    """A folder for each pipeline, by its id: none twice, none that is `taken`, also where case doesn't count.

    The same pipelines get the same folders, in whichever order they come.
    """
    names: dict[str, str] = {}
    used = {one.casefold() for one in taken}
    for pipeline in sorted(pipelines, key=lambda one: one.id):
        wanted = folder_name(pipeline.name) or f"pipeline-{pipeline.id[-6:].lower()}"
        names[pipeline.id] = free_name(wanted, used)
        used.add(names[pipeline.id].casefold())
    return names


def free_name(wanted: str, used: Collection[str]) -> str:
    """`wanted`, or with a number behind it where that is `used`, which is in lower case."""
    name, number = wanted, 1
    while name.casefold() in used:
        number += 1
        name = f"{wanted}-{number}"
    return name


def parameter_name(words: Iterable[str], used: Collection[str]) -> str:
    """`my` and the words, each with a capital letter, with a number behind it where that is `used`."""
    joined = "".join(
        word[:1].upper() + word[1:] for text in words for word in re.findall("[A-Za-z0-9]+", text)
    )
    wanted = f"my{joined[:_LONGEST] or 'Value'}"
    name, number = wanted, 1
    while name in used or f"*{name}" in used:
        number += 1
        name = f"{wanted}{number}"
    return name


def variable_name(*words: str) -> str:
    """The words as the name of an environment variable."""
    joined = "_".join(word for text in words for word in re.findall("[A-Za-z0-9]+", _spread(text)))
    return joined.upper() if joined[:1].isalpha() else f"P_{joined.upper()}"


def _spread(text: str) -> str:
    """`*myDbPassword` as `db password`."""
    plain = text.removeprefix("*").removeprefix("my")
    return re.sub("(?<=[a-z0-9])(?=[A-Z])", " ", plain or text)
