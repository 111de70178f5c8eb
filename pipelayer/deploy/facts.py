"""What planning one pipeline starts from, and what it ends in."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelayer.definition.flat import Definition, secrets_of
from pipelayer.definition.schedule import is_on_demand
from pipelayer.deploy import tags
from pipelayer.deploy.elect import Election
from pipelayer.deploy.upload import UploadPlan
from pipelayer.model import Action, LivePipeline, PipelinePlan, Verb
from pipelayer.project.pipeline import Pipeline


@dataclass(frozen=True)
class Options:
    """What the user asked for and allowed."""

    verb: Verb = Verb.DEPLOY
    run_on_demand: bool = False
    replace_on_demand: bool = False
    prune: bool = False

    @property
    def writes_files(self) -> bool:
        """Whether the verb is about files. `plan` and `validate` show what `deploy` would do."""
        return self.verb is not Verb.ACTIVATE

    @property
    def writes_definition(self) -> bool:
        """Whether the verb is about definitions."""
        return self.verb is not Verb.UPLOAD


@dataclass(frozen=True)
class Facts:
    """What is known about the live side of one pipeline.

    `claimed` is the pipeline that `adopt` or `moved-from` takes over. `definition` is the live one where the
    digests could not settle it; `upload` is None where the files' digest did. `refusal` says why a create
    would make a twin, or why a claim can't be met. `secrets` is the desired secrets' HMAC, NEVER where
    secrets or salt are not at hand.
    """

    election: Election = field(default_factory=Election)
    claimed: LivePipeline | None = None
    definition: Definition | None = None
    upload: UploadPlan | None = None
    refusal: str = ""
    secrets: str = tags.NEVER

    @property
    def live(self) -> LivePipeline | None:
        """The pipeline that counts: the elected one, else the one that the files claim."""
        return self.election.live or self.claimed

    @property
    def live_state(self) -> str:
        """AWS's word for the live pipeline's state, empty where there is none."""
        return self.live.state.value if self.live else ""

    @property
    def recorded(self) -> tags.State:
        """What was last written to the live pipeline, as far as its tags tell.

        One that took another's place removes stale files before it retires the other: while that is not
        retired, nobody knows about the files.
        """
        state = tags.parse_state(self.live.tags.get(tags.STATE)) if self.live else tags.State()
        cut_short = any(tags.RETIRED not in old.tags for old in self.election.retired)
        return state.with_files(tags.UNKNOWN) if cut_short else state

    @property
    def live_on_demand(self) -> bool:
        """Whether others start the live pipeline by its id."""
        return self.recorded.saved or (self.definition is not None and is_on_demand(self.definition))

    def secrets_unknown(self, pipeline: Pipeline) -> bool:
        """Whether the pipeline has secrets of which nobody can say if they changed."""
        unknown = tags.NEVER in (self.recorded.secrets, self.secrets)
        return unknown and bool(secrets_of(pipeline.definition))

    @property
    def secret_changed(self) -> bool:
        """Whether both sides' secrets are known and differ."""
        return (
            tags.NEVER not in (self.recorded.secrets, self.secrets) and self.recorded.secrets != self.secrets
        )


@dataclass(frozen=True)
class Work:
    """A plan with what its execution needs. `state` is what is recorded in the end."""

    plan: PipelinePlan
    pipeline: Pipeline
    facts: Facts
    state: tags.State

    def has(self, action: Action) -> bool:
        """Whether the plan contains such a step."""
        return any(step.action is action for step in self.plan.steps)
