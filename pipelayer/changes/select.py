"""Which pipelines a run is about.

Pure: from places, paths and groups to a Selection, and no file is opened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from pipelayer.definition.suggest import did_you_mean
from pipelayer.errors import UsageError
from pipelayer.model import Key, Reason, Selected, Selection
from pipelayer.project.config import Config, Group
from pipelayer.project.layout import OWN_TEMPLATE_FORMS, Place, matches


def select(
    head: Sequence[Place],
    base: Sequence[Place] | None,
    changed: Collection[str],
    changed_groups: Collection[str] = (),
) -> Selection:
    """The pipelines whose inputs differ between base and head.

    `changed` are the paths that differ between the two trees, `changed_groups` the groups whose settings
    do. `base` is None where the base's pipelines can't be told: then all are selected, never none. Of a
    removed pipeline only its place is known here, so its name is its directory's.
    """
    if base is None:
        return select_all(head, Reason.UNKNOWN_BASE)
    before = {place.key: place for place in base}
    touched = _touched(head, base, changed)
    items: list[Selected] = []
    for place in head:
        old = before.pop(place.key, None)
        if old is None:
            items.append(selected(place, Reason.NEW))
            continue
        reasons = list(_files_reasons(place, old, changed)) if place.directory in touched else []
        if Reason.TEMPLATE not in reasons and _template_differs(place, old, changed):
            reasons.append(Reason.TEMPLATE)
        if place.group.name in changed_groups:
            reasons.append(Reason.CONFIG)
        if reasons:
            items.append(selected(place, *reasons))
    items += (selected(place, Reason.REMOVED) for place in before.values())
    return _ordered(items)


def select_all(places: Iterable[Place], reason: Reason = Reason.ALL) -> Selection:
    """Every pipeline, for one reason."""
    return _ordered([selected(place, reason) for place in places])


def select_named(
    places: Sequence[Place],
    patterns: Sequence[str],
    names: Mapping[Key, str] | None = None,
    *,
    last_parts: bool = False,
) -> Selection:
    """The pipelines that `patterns` name.

    A pattern is a directory (of the project or of the repository), `GROUP/DIRECTORY`, a name in AWS where
    `names` tells it, a glob of one of these, or a whole key. With `last_parts`, what is none of these may
    also be the last part of a directory, where one alone has it.

    Raises UsageError for a pattern that names none: a misspelt name must not be a success.
    """
    known = {place.key: _names(place, (names or {}).get(place.key, "")) for place in places}
    chosen: set[Key] = set()
    for pattern in patterns:
        plain = pattern.removeprefix("./").rstrip("/")
        found = {key for key, aliases in known.items() if plain in aliases or _globbed(plain, aliases)}
        ends = ending_with(plain, (place.key.directory for place in places)) if last_parts else []
        if not found and len(ends) == 1:
            found = {key for key in known if key.directory == ends[0]}
        if not found:
            spellings = sorted({alias for aliases in known.values() for alias in aliases})
            raise UsageError(
                f"No pipeline is named `{pattern}`.",
                _listed(ends)
                if ends
                else did_you_mean(plain, spellings, _listed([place.key.directory for place in places])),
            )
        chosen |= found
    return select_all((place for place in places if place.key in chosen), Reason.NAMED)


def ending_with(part: str, directories: Iterable[str]) -> list[str]:
    """The directories whose last part this is."""
    return sorted({directory for directory in directories if directory.rpartition("/")[2] == part})


def changed_groups(base: Config, head: Config) -> frozenset[str]:
    """The groups of `head` whose settings reach their pipelines and differ from the base's.

    `dirs` decides which pipelines there are, which shows in the places; `max-pipelines` reaches none of them.
    """
    return frozenset(
        group.name
        for group in head.groups
        if (old := base.group(group.name)) is None or _settings(old) != _settings(group)
    )


def _settings(group: Group) -> Group:
    return replace(group, dirs=(), max_pipelines=0)


def selected(place: Place, *reasons: Reason, name: str = "") -> Selected:
    """One pipeline, for these reasons; without a name it is called after its directory."""
    return Selected(place.key, name or place.directory.rpartition("/")[2], place.directory, tuple(reasons))


def _ordered(items: list[Selected]) -> Selection:
    return Selection(tuple(sorted(items, key=lambda item: item.key)))


def _touched(head: Sequence[Place], base: Sequence[Place], changed: Collection[str]) -> set[str]:
    """The pipeline directories that own a changed path, before or after.

    Where a nested pipeline comes or goes, files change hands without changing, so the one around it is
    looked at too.
    """
    new = {place.directory for place in head}
    old = {place.directory for place in base}
    touched: set[str] = set()
    for owners in (new, old):
        touched.update(_owners(changed, owners))
        touched.update(_owners(new ^ old, owners))
    return touched


def _owners(paths: Iterable[str], directories: Collection[str]) -> Iterator[str]:
    """For each path the innermost of `directories` above it, part by part: `dag` owns nothing of `dags2`."""
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in directories:
            folder = folder.rpartition("/")[0]
        if folder:
            yield folder


def _files_reasons(place: Place, old: Place, changed: Collection[str]) -> Iterator[Reason]:
    twins = {path for pair in (*place.twins, *old.twins) for path in pair if _inside(place, path)}
    own = {path for path in twins if path.rpartition("/")[2] in OWN_TEMPLATE_FORMS}
    values = {*place.values, *old.values, *(twins - own)}
    if place.values != old.values or any(path in changed for path in values):
        yield Reason.VALUES
    if any(path in changed for path in own):
        yield Reason.TEMPLATE
    if _uploads(place) != _uploads(old):
        yield Reason.FILES


def _inside(place: Place, path: str) -> bool:
    return path.startswith(f"{place.directory}/")


def _uploads(place: Place) -> set[tuple[str, str, str]]:
    return {(entry.path, entry.mode, entry.id) for entry in place.files}


def _template_differs(place: Place, old: Place, changed: Collection[str]) -> bool:
    new, before = _shared_forms(place), _shared_forms(old)
    return (place.template, new) != (old.template, before) or any(
        path in changed for path in (place.template, *new, *before)
    )


def _shared_forms(place: Place) -> set[str]:
    """The forms of a template of several pipelines, where it has more than the one that it may have."""
    return {path for pair in place.twins for path in pair if not _inside(place, path)}


def _names(place: Place, name: str) -> tuple[str, ...]:
    key = place.key
    spellings = (key.directory, place.directory, f"{key.group}/{key.directory}", str(key), name)
    return tuple(dict.fromkeys(spelling for spelling in spellings if spelling))


def _globbed(pattern: str, aliases: Iterable[str]) -> bool:
    """As in `dirs`, `*` stays within one part.

    A key is never globbed: its project would match by accident.
    """
    return any(":" not in alias and matches((pattern,), alias) for alias in aliases)


def _listed(directories: Sequence[str]) -> str:
    known = sorted(set(directories))
    if not known:
        return "The project has no pipelines: a pipeline is a folder with values.json."
    more = ", …" if len(known) > 10 else ""
    return f"There are {', '.join(known[:10])}{more}."
