"""Every question that no document settles, in each of its positions."""

from __future__ import annotations

from pipelayer.sandbox.settings import (
    CurrentTimeseriesInterval,
    DeleteWhileDeactivating,
    EditRulesInValidate,
    Idempotency,
    IdleDeactivate,
    InactiveEdits,
    SecretFields,
    Switches,
    UniqueIdAfterDelete,
)

POSITIONS = tuple(
    dict.fromkeys(
        [
            *[Switches(edit_rules_in_validate=one) for one in EditRulesInValidate],
            *[Switches(unique_id_after_delete=one) for one in UniqueIdAfterDelete],
            *[Switches(inactive_edits=one) for one in InactiveEdits],
            *[Switches(idempotency=one) for one in Idempotency],
            *[Switches(secret_fields=one) for one in SecretFields],
            *[Switches(current_timeseries_interval=one) for one in CurrentTimeseriesInterval],
            *[Switches(idle_deactivate=one) for one in IdleDeactivate],
            *[Switches(delete_while_deactivating=one) for one in DeleteWhileDeactivating],
            Switches(list_lag_calls=1),
            Switches(list_lag_seconds=600),
        ]
    )
)


def position(switches: Switches) -> str:
    """What is unusual about it."""
    plain = vars(Switches())
    unlike = [f"{key}={value}" for key, value in vars(switches).items() if value != plain[key]]
    return ", ".join(unlike) or "as usual"
