"""What an import asks AWS: definitions, what lies in the pipelines' folders in S3, and the files in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from pipelayer.aws.errors import DENIED
from pipelayer.console.ports import Cloud
from pipelayer.definition.flat import Definition
from pipelayer.definition.schedule import is_on_demand
from pipelayer.deploy.snapshot import Snapshot, take_snapshot
from pipelayer.deploy.upload import MIRRORED
from pipelayer.errors import AwsError, Interrupted
from pipelayer.importer.blueprint import Drawn
from pipelayer.importer.inputs import Contents, Found, Script, contents, with_input_dir
from pipelayer.model import LivePipeline, PipelineState
from pipelayer.project.new_files import NewFile
from pipelayer.project.reading import shown
from pipelayer.project.uploads import S3Location, input_location
from pipelayer.run.stopping import told_to_stop

T = TypeVar("T")
R = TypeVar("R")

MOST_BYTES = 100 * 10**6
"""What one pipeline's folder in S3 may hold to be fetched: more is hardly scripts."""

MOST_FILES = 2_000
_AT_ONCE = 8


@dataclass(frozen=True)
class LeftOut:
    """A chosen pipeline that is not imported, and why."""

    live: LivePipeline
    reason: str


class Reader:
    """Asks AWS about pipelines, several at once. `tell` hears how far it got, `stopped` says whether to end:
    then every method raises Interrupted.
    """

    def __init__(
        self, cloud: Cloud, stopped: Callable[[], bool], tell: Callable[[str, int, int], None]
    ) -> None:
        self._cloud = cloud
        self._stopped = stopped
        self._tell = tell

    def snapshot(self) -> Snapshot:
        """Every pipeline of the account. Raises AwsError."""
        return take_snapshot(self._cloud.pipelines)

    def read(self, lives: Sequence[LivePipeline]) -> Iterator[Found | LeftOut]:
        """The definitions, and what lies in their folders in S3; a reason where that can't be told."""
        yield from self._each(lives, self._one, "reading the pipelines")

    def fetch(self, drawn: Drawn) -> Mapping[str, NewFile]:
        """The scripts of one pipeline, by their paths. Raises AwsError."""
        location = drawn.found.location
        if location is None:
            return {}
        bucket = location.bucket

        def one(script: Script) -> tuple[str, NewFile]:
            body = self._cloud.store.read(bucket, script.key)
            runs = script.path == "run" or body.startswith(b"#!")  # S3 keeps no mode
            return f"{drawn.directory}/{script.path}", NewFile(body, executable=runs)

        return dict(self._each(drawn.scripts, one, f"fetching the files of {drawn.directory}"))

    def _one(self, live: LivePipeline) -> Found | LeftOut:
        try:
            definition = self._definition(live)
            if definition is None:
                return LeftOut(live, "AWS holds no definition of it")
            location = input_location(with_input_dir(definition))
            if location is None:
                return Found(live, definition)
            held = contents(location, self._cloud.store.list(location))
        except Interrupted:
            raise
        except AwsError as problem:
            hint = f" {problem.hint}" if problem.code in DENIED else ""
            return LeftOut(live, f"{problem.message}{hint}")
        return Found(live, definition, location, held, _why_left(held, location))

    def _definition(self, live: LivePipeline) -> Definition | None:
        """The version that counts: what was activated, or on demand what was last saved."""
        definition = self._cloud.pipelines.get(live.id, active=live.state is not PipelineState.PENDING)
        if definition is not None and is_on_demand(definition):
            return self._cloud.pipelines.get(live.id, active=False)
        return definition

    def _each(self, items: Sequence[T], ask: Callable[[T], R], doing: str) -> Iterator[R]:
        def unless_stopped(item: T) -> R:
            if self._stopped():
                raise told_to_stop()
            return ask(item)

        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            for done, found in enumerate(pool.map(unless_stopped, items), 1):
                self._tell(doing, done, len(items))
                yield found


def _why_left(held: Contents, location: S3Location) -> str:
    """Why what lies in a folder is not fetched, "" where it is. Of what is mirrored, all or nothing is: a
    deploy would delete the rest.
    """
    if held.size > MOST_BYTES or len(held.scripts) > MOST_FILES:
        what = f"{len(held.scripts):,} files of {held.size / 10**6:,.0f} MB in all"
        return f"{location} holds {what}, so nothing of it is fetched"
    for key, why in held.unfit.items():
        if key.removeprefix(location.prefix).startswith(MIRRORED):
            return f"of {shown(key)} {why}, so nothing of {location} is fetched"
    return ""
