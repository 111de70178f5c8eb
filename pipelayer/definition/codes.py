"""The codes of the findings of this room. Stable: people search for them and switch them off by name."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """PL1 structure, PL2 catalogue, PL3 references, PL4 expressions, PL5 schedule, PL6 limits."""

    SHAPE = "PL101"
    NO_ID = "PL102"
    DUPLICATE_ID = "PL103"
    UNKNOWN_KEY = "PL104"
    VALUE_KIND = "PL105"
    MISPLACED_SECRET = "PL106"  # noqa: S105 - a code
    NO_OBJECTS = "PL107"
    EMPTY_STRING = "PL108"
    NO_TYPE = "PL109"

    UNKNOWN_TYPE = "PL201"
    MISSING_FIELD = "PL202"
    MISSING_ONE_OF = "PL203"
    UNKNOWN_FIELD = "PL204"
    NOT_A_REFERENCE = "PL205"
    NOT_A_STRING = "PL206"
    ENUMERATION = "PL207"
    FORBIDDEN_FIELD = "PL208"
    PERIOD = "PL209"

    DANGLING = "PL301"
    PARENT_CYCLE = "PL302"

    UNBALANCED = "PL401"
    UNDECLARED = "PL402"
    NO_VALUE = "PL403"
    VALUE_CYCLE = "PL404"

    PERIOD_RANGE = "PL501"
    START = "PL502"
    START_TWICE = "PL503"
    END_TWICE = "PL504"
    ON_DEMAND_SCHEDULE = "PL505"
    OCCURRENCES = "PL506"

    OBJECTS_LIMIT = "PL601"
    FIELDS_LIMIT = "PL602"
    FIELD_BYTES = "PL603"
    OBJECT_BYTES = "PL604"
    NAME_BYTES = "PL605"
    PARAMETERS_LIMIT = "PL606"
    VALUE_LENGTH = "PL607"
