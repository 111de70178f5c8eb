"""Changes to `pipelayer.yml` in a made-up history."""

from __future__ import annotations

import json
from typing import Any

import yaml

from support.history_files import FILE, LINK, MODULE, PROGRAM, Entry, Files, choose

CONFIGS = ("pipelayer.yml", "pipelayer.json", "pipelayer.yaml")
GROUPS = ("dev", "prod", "v.1", "default")
FOR_DEFAULTS = {"region", "dirs", "template", "max-pipelines"}
DIRS: tuple[object, ...] = (
    ["**"],
    ["*"],
    ["**"],
    ["*", "*/*"],
    ["dag", "dags2"],
    ["dag", "./dag//inner/", "inner"],
    ["d?g", "*/inner", "[!dD]*"],
    ["dag*", "**/inner/**"],
    "n\u00e9*",
    None,
)
"""None: as it is for all groups."""

SETTINGS: tuple[tuple[str, object], ...] = (
    ("template", "other.json"),
    ("template", "shared/t.json"),
    ("template", "../common.json"),
    ("template", "dag/run.json"),
    ("template", "dag/pipeline_definition.json"),
    ("template", None),
    ("region", "us-east-1"),
    ("region", "eu-west-1"),
    ("account", "123456789012"),
    ("account", None),
    ("values", {"myEnv": "dev"}),
    ("values", {"myEnv": "prod", "myCount": 2}),
    ("values", {"myCount": ["2"], "myEnv": "prod"}),
    ("values", {"*myPassword": {"env": "PASSWORD"}, "myFlag": True}),
    ("values", {}),
    ("tags", {"team": "data", "cost": "1"}),
    ("tags", ["cost:1", "team:data"]),
    ("tags", None),
    ("max-pipelines", 7),
    ("project", "acme/other"),
    ("project", None),
    ("rules", {"PL706": "off"}),
)
BROKEN = (
    b"{",
    b"version: 1\ngrups: {}\n",
    b"groups: {dev: {}}\n",
    b"version: 2\n",
    b"version: 1\ngroups: {'a b': {}}\n",
    b"version: 1\ngroups: {}\n",
    b"[]",
)


def configure(files: Files, setting: tuple[str, Any], where: int, how: int) -> None:
    """One setting is made, or with None unmade, for a group or for all of them."""
    key, value = setting
    if value == "../common.json" and not files.in_folder:
        value = "common.json"
    config = _read(files)
    table = config
    if key in FOR_DEFAULTS and where % 3 == 0:
        table = config.setdefault("defaults", {})
    elif key not in {"project", "rules"}:
        groups = config.setdefault("groups", {})
        table = groups.setdefault(choose(sorted(groups) or GROUPS, where), {})
    table.pop(key, None)
    if value is not None:
        table[key] = value
    _write(files, config, how)


def switch_group(files: Files, name: str, how: int) -> None:
    """A group comes, or goes if it is there."""
    config = _read(files)
    groups = config.setdefault("groups", {})
    if groups.pop(name, None) is None:
        groups[name] = {}
    if not groups:
        del config["groups"]
    _write(files, config, how)


def remove(files: Files) -> None:
    """No configuration at all."""
    for path in CONFIGS:
        files.take(path)


def spoil(files: Files, how: int, where: int) -> None:
    """A configuration that isn't taken: wrong, there twice, or no file."""
    match how % 4:
        case 0:
            files.put(CONFIGS[0], choose((Entry(LINK, b"README.md"), Entry(MODULE, b"d" * 40)), where))
        case 1:
            for path in CONFIGS[:2]:
                files.put(path, Entry(FILE, b'{"version": 1}'))
        case _:
            remove(files)
            files.put(CONFIGS[0], Entry(FILE, choose(BROKEN, where)))


def _read(files: Files) -> dict[str, Any]:
    """The configuration as it was last written; what was spoiled is begun anew."""
    for path in CONFIGS:
        entry = files.entries.get(path)
        if entry is not None and entry.mode in {FILE, PROGRAM} and entry.data not in BROKEN:
            try:
                read = yaml.safe_load(entry.data)
            except yaml.YAMLError:
                continue
            if isinstance(read, dict):
                return read
    return {}


def _write(files: Files, config: dict[str, Any], how: int) -> None:
    """In one of its forms, the keys in one of two orders: neither is a change of any setting."""
    remove(files)
    config["version"] = 1
    if how % 5 == 4:
        config = dict(reversed(config.items()))
    if how % 7 == 6:
        files.put(CONFIGS[1], Entry(FILE, json.dumps(config, indent=how % 2).encode()))
    else:
        text = yaml.safe_dump(config, sort_keys=False, allow_unicode=how % 2 == 0)
        files.put(CONFIGS[2 if how % 7 == 5 else 0], Entry(FILE, text.encode()))
