"""Asks AWS what planning needs to know: one list and one describe for all, then only about what the digests
leave open.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

from pipelayer.definition.flat import Definition, secrets_of, with_secrets
from pipelayer.deploy import tags
from pipelayer.deploy.claims import claimed_by
from pipelayer.deploy.elect import elect
from pipelayer.deploy.facts import Facts, Options, Work, aws_name
from pipelayer.deploy.known import KnownSecrets
from pipelayer.deploy.plan import needs_definition, needs_listing, needs_other_version, plan_pipeline
from pipelayer.deploy.ports import Cloud
from pipelayer.deploy.snapshot import Snapshot
from pipelayer.deploy.twins import Twin, find_twin
from pipelayer.deploy.upload import UploadPlan, plan_upload
from pipelayer.errors import AwsError, Interrupted, PipelayerError
from pipelayer.model import Action, Key, LivePipeline
from pipelayer.project.pipeline import Pipeline


@dataclass(frozen=True)
class Survey:
    """Everything that planning the pipelines of one account and region asks.

    `configured` holds the key tags of every pipeline that the project has, of all groups. `deploying` says
    whether secrets may be read, and whether a bucket that can't be listed refuses the pipeline rather than
    leaving its files uncompared.
    """

    cloud: Cloud
    snapshot: Snapshot
    configured: Collection[str]
    options: Options
    read: Callable[[str], bytes]
    secrets: KnownSecrets
    salt: str = field(default="", repr=False)
    deploying: bool = False

    def differing(self, pipelines: Sequence[Pipeline]) -> list[Pipeline]:
        """Those whose live state differs from the files, judged by their tags alone: no call is made."""
        return [pipeline for pipeline in pipelines if self._differs(pipeline)]

    def _differs(self, pipeline: Pipeline) -> bool:
        tag = tags.key_tag(pipeline.key)
        election = elect(self.snapshot.under(tag), pipeline.definition_digest)
        live = election.live
        if live is None or election.leftovers or election.retired:
            return True
        state = election.state
        return (
            not tags.same(state.definition, pipeline.definition_digest)
            or (pipeline.on_demand and not state.saved)
            or not tags.same(state.files, pipeline.files_digest)
            or live.name != aws_name(pipeline, Facts(election))
            or any(live.tags.get(key) != value for key, value in pipeline.tags.items())
            or bool(self.salt and state.secrets != tags.NEVER and secrets_of(pipeline.definition))
        )

    def works(
        self,
        pipelines: Sequence[Pipeline],
        now: datetime,
        commit: str,
        concurrency: int,
        tell: Callable[[int], None] = lambda done: None,
    ) -> tuple[Work, ...]:
        """A plan for each pipeline, in their order. `tell` hears how many there are."""
        elections = {
            p.key: elect(self.snapshot.under(tags.key_tag(p.key)), p.definition_digest) for p in pipelines
        }
        claims = self._claims([p for p in pipelines if elections[p.key].live is None])

        def work(pipeline: Pipeline) -> Work:
            self.secrets.learn(pipeline.definition)
            facts = Facts(elections[pipeline.key])
            claim = claims.get(str(pipeline.key))
            if isinstance(claim, LivePipeline):
                facts = replace(facts, claimed=claim)
            elif claim is not None:
                facts = replace(facts, refusal=_sentence(claim))
            work = plan_pipeline(pipeline, self._complete(pipeline, facts, now), self.options, now, commit)
            problem = self._missing_secret(work)
            if problem is None:
                return work
            refused = replace(work.facts, refusal=_sentence(problem))
            return plan_pipeline(pipeline, refused, self.options, now, commit)

        with ThreadPoolExecutor(max_workers=max(1, concurrency)) as pool:
            works: list[Work] = []
            for planned in pool.map(work, pipelines):
                works.append(planned)
                tell(len(works))
            return tuple(works)

    def claimed(self, pipelines: Sequence[Pipeline]) -> Mapping[str, Key]:
        """The ids of what these take over, or would, if only one of them did, and who takes each."""
        found: dict[str, Key] = {}
        for pipeline in pipelines:
            if elect(self.snapshot.under(tags.key_tag(pipeline.key)), "").live is None:
                try:
                    claimed = claimed_by(pipeline, self.snapshot, self.configured)
                except PipelayerError:
                    continue
                if claimed:
                    found[claimed.id] = pipeline.key
        return found

    def _claims(self, pipelines: Sequence[Pipeline]) -> Mapping[str, LivePipeline | PipelayerError]:
        """What each claims, by key. Two that claim the same live pipeline are both refused."""
        found: dict[str, LivePipeline | PipelayerError] = {}
        claimants: dict[str, list[Pipeline]] = {}
        for pipeline in pipelines:
            try:
                claimed = claimed_by(pipeline, self.snapshot, self.configured)
            except PipelayerError as problem:
                found[str(pipeline.key)] = problem
                continue
            if claimed:
                found[str(pipeline.key)] = claimed
                claimants.setdefault(claimed.id, []).append(pipeline)
        for live_id, several in claimants.items():
            if len(several) > 1:
                names = " and ".join(str(pipeline.key) for pipeline in several)
                for pipeline in several:
                    found[str(pipeline.key)] = PipelayerError(
                        f"{names} both claim {live_id}", "Let one of them go."
                    )
        return found

    def _complete(self, pipeline: Pipeline, facts: Facts, now: datetime) -> Facts:
        """Adds what only AWS can tell, and only where it is needed."""
        if facts.refusal:
            return facts
        try:
            if facts.live is None and self.options.writes_definition:
                facts = self._with_twin(pipeline, facts, now)
            facts = replace(facts, secrets=self._hmac(pipeline))
            if needs_definition(pipeline, facts, self.options):
                assert facts.live is not None, "only what is live has a definition"
                aws, live_id = self.cloud.pipelines, facts.live.id
                facts = replace(facts, definition=aws.get(live_id, active=not facts.latest_counts))
                if facts.live_on_demand and not facts.latest_counts:
                    latest = aws.get(live_id, active=False)
                    facts = replace(facts, definition=latest, other=facts.definition, started_by_id=True)
                if facts.other is None and needs_other_version(pipeline, facts, self.options, now):
                    facts = replace(facts, other=aws.get(live_id, active=facts.latest_counts))
            return replace(facts, upload=self._upload(pipeline, facts))
        except Interrupted:
            raise  # nothing is known of the pipeline that would be refused
        except PipelayerError as problem:
            return replace(facts, refusal=_sentence(problem))

    def _missing_secret(self, work: Work) -> PipelayerError | None:
        """Secrets are read before the first write, so that a missing one changes nothing."""
        if not (self.deploying and work.has(Action.PUT)):
            return None
        try:
            with_secrets(work.pipeline.definition, self.secrets.read)
        except PipelayerError as problem:
            return problem
        return None

    def doubled(
        self, pipelines: Sequence[Pipeline], heirs: Collection[Key], now: datetime
    ) -> Mapping[str, Key]:
        """The ids that creating one of these would double, and by which. What is live already is not created,
        nor are `heirs`, which take one over.
        """
        elections = {one.key: elect(self.snapshot.under(tags.key_tag(one.key)), "") for one in pipelines}
        created = [one for one in pipelines if elections[one.key].live is None and one.key not in heirs]
        twins = {one.key: self._find_twin(one, Facts(elections[one.key]), now) for one in created}
        return {twin.pipeline.id: key for key, twin in twins.items() if twin}

    def _find_twin(self, pipeline: Pipeline, facts: Facts, now: datetime) -> Twin | None:
        def definition(pipeline_id: str) -> Definition | None:
            return self.cloud.pipelines.get(pipeline_id, active=False)

        name = aws_name(pipeline, facts)
        return find_twin(pipeline, name, self.snapshot, self.configured, definition, now)

    def _with_twin(self, pipeline: Pipeline, facts: Facts, now: datetime) -> Facts:
        twin = self._find_twin(pipeline, facts, now)
        if twin is None:
            return facts
        return replace(facts, refusal=f"creating it would make a twin: {twin.reason}. {twin.hint}")

    def _upload(self, pipeline: Pipeline, facts: Facts) -> UploadPlan | None:
        if not needs_listing(pipeline, facts, self.options):
            return None
        assert pipeline.input is not None, "without an input directory nothing is listed"
        try:
            bucket, not_ours = self.cloud.bucket, facts.claimed is not None
            return plan_upload(pipeline.input, pipeline.files, bucket, self.read, not_ours=not_ours)
        except AwsError as problem:
            if self.deploying or problem.code == "NoSuchBucket":
                raise
            # The pull request's role need not read the bucket: then the files are shown as not compared.
            return UploadPlan(pipeline.input, pipeline.files, compared=False)

    def _hmac(self, pipeline: Pipeline) -> str:
        """The secrets' HMAC, NEVER without a salt, without secrets, or where nothing may be read."""
        if not (self.salt and self.deploying):
            return tags.NEVER
        secrets = secrets_of(with_secrets(pipeline.definition, self.secrets.read))
        if not secrets:
            return tags.NEVER
        text = json.dumps({place: list(values) for place, values in secrets.items()}, sort_keys=True)
        return hmac.new(self.salt.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def _sentence(problem: PipelayerError) -> str:
    return f"{problem.message.rstrip('.')}. {problem.hint}".rstrip()
