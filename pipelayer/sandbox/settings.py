"""How the simulated AWS behaves: its quotas and pace, and one switch for each question that no document
settles.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class EditRulesInValidate(StrEnum):
    """Does ValidatePipelineDefinition on an activated pipeline's id apply the edit rules, as Put does?"""

    APPLIED = "applied"
    IGNORED = "ignored"


class UniqueIdAfterDelete(StrEnum):
    """What CreatePipeline answers for the name and unique id of a deleted pipeline."""

    FREE = "free"
    RETURNS_DELETED = "returns-deleted"


class InactiveEdits(StrEnum):
    """Do the edit rules still hold for a deactivated pipeline?"""

    LIMITED = "limited"
    FREE = "free"


class Idempotency(StrEnum):
    """How far the idempotency of CreatePipeline reaches."""

    ACCOUNT = "account"
    CREDENTIALS = "credentials"


class SecretFields(StrEnum):
    """What GetPipelineDefinition returns for `*` fields and the values of `*my` parameters."""

    OMITTED = "omitted"
    MASKED = "masked"
    PLAIN = "plain"


class CurrentTimeseriesInterval(StrEnum):
    """May a timeseries pipeline be activated whose start lies in the past and whose first run is still to
    come?
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"


class IdleDeactivate(StrEnum):
    """DeactivatePipeline on a pipeline that isn't running (PENDING or FINISHED)."""

    REFUSED = "refused"
    ACCEPTED = "accepted"


class DeleteWhileDeactivating(StrEnum):
    """DeletePipeline on a pipeline that is still DEACTIVATING (reported to fail)."""

    REFUSED = "refused"
    ACCEPTED = "accepted"


class MaximumRetries(StrEnum):
    """What `maximumRetries` counts: the attempts after the first, or all of them. (An Ec2Resource in the
    AWS CLI's tests has `@attemptCount` 1 and `@triesLeft` 2, where 3 is the default.)
    """

    AFTER_THE_FIRST = "after-the-first"
    IN_ALL = "in-all"


class InstanceErrors(StrEnum):
    """Do instances show the error of their last attempt, or is it told by the attempt alone?"""

    ON_ATTEMPTS = "on-attempts"
    ON_BOTH = "on-both"


@dataclass(frozen=True)
class Switches:
    """One position for each open question. The defaults are the stricter reading."""

    edit_rules_in_validate: EditRulesInValidate = EditRulesInValidate.APPLIED
    unique_id_after_delete: UniqueIdAfterDelete = UniqueIdAfterDelete.FREE
    inactive_edits: InactiveEdits = InactiveEdits.LIMITED
    idempotency: Idempotency = Idempotency.ACCOUNT
    secret_fields: SecretFields = SecretFields.MASKED
    current_timeseries_interval: CurrentTimeseriesInterval = CurrentTimeseriesInterval.ACCEPTED
    idle_deactivate: IdleDeactivate = IdleDeactivate.REFUSED
    delete_while_deactivating: DeleteWhileDeactivating = DeleteWhileDeactivating.REFUSED
    maximum_retries: MaximumRetries = MaximumRetries.AFTER_THE_FIRST
    instance_errors: InstanceErrors = InstanceErrors.ON_ATTEMPTS
    set_status_lag_seconds: float = 0.0
    """SetStatus takes effect so much later (simulated seconds): it is eventually consistent."""
    list_lag_calls: int = 0
    """So many ListPipelines calls don't show a pipeline that was just created."""
    list_lag_seconds: float = 0.0
    """For so long after its creation ListPipelines doesn't show a pipeline (simulated seconds)."""


@dataclass(frozen=True)
class Settings:
    """Quotas and pace. Durations are in simulated seconds (`Clock`)."""

    account: str = "123456789012"
    seed: int = 0
    """Pipeline ids and request ids follow from it."""
    max_pipelines: int = 100
    max_objects: int = 100
    page_size: int = 50
    describe_page_size: int = 25
    """So many objects are in one answer of DescribeObjects."""
    settle_polls: int = 2
    """DEACTIVATING and DELETING are seen so many times in DescribePipelines before they are over."""
    settle_seconds: float | None = None
    """If set, they last so long instead."""
    run_seconds: float | None = 0.0
    """How long an attempt takes; None: until the control API completes it."""
    retry_seconds: float | None = 0.0
    """How long AWS waits before it tries again; None: as `retryDelay` says, or ten minutes."""
    write_logs: bool = False
    """Whether attempts that nothing special awaits write logs too. Those with a `Fate` always do."""
    role_errors: int = 0
    """So many validations answer that the role is unknown: IAM is eventually consistent."""
    switches: Switches = field(default_factory=Switches)
