"""Everything that plans are carried out with: a table that stands for AWS, and a time that nobody waits."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelayer.deploy.elect import elect
from pipelayer.deploy.execute import Limits, execute
from pipelayer.deploy.facts import Facts, Options, Work
from pipelayer.deploy.hands import Hands
from pipelayer.deploy.known import KnownSecrets
from pipelayer.deploy.ledger import Ledger
from pipelayer.deploy.plan import plan_pipeline
from pipelayer.deploy.snapshot import Snapshot
from pipelayer.model import Key, LivePipeline, Outcome
from pipelayer.project.pipeline import Pipeline
from support.fakes import FakeBucket, FakeClock, FakeCloud, FakePipelines, FakeSecrets
from support.scene import Story
from support.wanted import NOW


@dataclass
class Bench:
    """Everything that a plan is carried out with."""

    aws: FakePipelines = field(default_factory=FakePipelines)
    bucket: FakeBucket = field(default_factory=FakeBucket)
    clock: FakeClock = field(default_factory=FakeClock)
    story: Story = field(default_factory=Story)
    superseded: list[bool] = field(default_factory=list)
    stopped: bool = False

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.story)

    def hands(self) -> Hands:
        return Hands(
            cloud=FakeCloud(self.aws, self.bucket),
            secrets=KnownSecrets(FakeSecrets(), [].append),
            clock=self.clock,
            journal=self.ledger,
            read=lambda path: path.encode(),
            snapshot=Snapshot(tuple(self.aws.there.values())),
            superseded=self._superseded,
            interrupted=lambda: self.stopped,
            retry=lambda key: f"pipelayer deploy {key.directory}",
        )

    def _superseded(self, key: Key) -> bool:
        return self.superseded.pop(0) if self.superseded else False

    def put_there(self, *pipelines: LivePipeline) -> None:
        self.aws.there.update({one.id: one for one in pipelines})

    def run(self, pipeline: Pipeline, options: Options | None = None, **facts: object) -> Outcome:
        election = elect(self.aws.there.values(), pipeline.definition_digest)
        work = plan_pipeline(pipeline, Facts(election, **facts), options or Options(), NOW, "c" * 40)
        return self.execute(work)[0]

    def execute(self, *works: Work, places: int = 100) -> tuple[Outcome, ...]:
        return execute(works, self.hands(), Limits(free_places=places, sweep_seconds=60)).outcomes
