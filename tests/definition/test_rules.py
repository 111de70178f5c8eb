from __future__ import annotations

import copy
import time

import pytest
from definition_nodes import node
from definition_samples import ALL, EC2, SHELL, daily, default, ref
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.definition.catalogue import object_types
from pipelayer.definition.codes import Code
from pipelayer.definition.flat import read_definition
from pipelayer.definition.rules import check
from pipelayer.model import Finding, Severity

RUN = {
    "id": "Run",
    "type": "ShellCommandActivity",
    "command": "x",
    "workerGroup": "w",
    "pipelineLogUri": "s3://logs/",
}


def findings(document: object) -> tuple[Finding, ...]:
    definition, shape = read_definition(node(document))
    return (*shape, *check(definition))


def of(*objects: object, **more: object) -> dict[str, object]:
    return {"objects": [*objects], **more}


@pytest.mark.parametrize("name", ALL)
def test_what_aws_accepts_raises_nothing(name: str) -> None:
    assert findings(ALL[name]) == ()


def test_the_samples_cover_nearly_every_type() -> None:
    used = {
        text
        for document in ALL.values()
        for item in read_definition(node(document))[0].objects
        for text in [item.type]
    }
    assert object_types().keys() - used == {
        "DynamoDBDataFormat",
        "DynamoDBExportDataFormat",
        "Exists",
        "HttpProxy",
        "RegEx",
        "ShellScriptConfig",
    }


BAD = [
    (of(RUN | {"command": ""}), Code.EMPTY_STRING, "Run.command"),
    (of(RUN | {"input": {"ref": ""}}), Code.EMPTY_STRING, "Run.input"),
    (of({"id": "Run", "Type": "ShellCommandActivity"}), Code.NO_TYPE, "Did you mean `type`"),
    (of(RUN | {"type": "ShelCommandActivity"}), Code.UNKNOWN_TYPE, "`ShellCommandActivity`"),
    (of(RUN | {"type": "shellcommandactivity"}), Code.UNKNOWN_TYPE, "`ShellCommandActivity`"),
    (of({"id": "A", "type": "S3KeyExists", "role": "r"}), Code.MISSING_FIELD, "`s3Key`"),
    (
        of({"id": "A", "type": "ShellCommandActivity", "command": "x"}),
        Code.MISSING_ONE_OF,
        "`runsOn` or `workerGroup`",
    ),
    (of({"id": "A", "type": "S3DataNode"}), Code.MISSING_ONE_OF, "`directoryPath`"),
    (of(default(schedule="Daily"), daily()), Code.NOT_A_REFERENCE, '{"ref": "Daily"}'),
    (
        of(RUN | {"schedule": "#{mySchedule}"}, values={"mySchedule": "x"}),
        Code.NOT_A_REFERENCE,
        "no expression",
    ),
    (
        of(RUN | {"dependsOn": [ref("Other"), "Run"]}, RUN | {"id": "Other"}),
        Code.NOT_A_REFERENCE,
        "Run.dependsOn",
    ),
    (of(RUN | {"command": ref("Run")}), Code.NOT_A_STRING, "Run.command"),
    (of(RUN | {"scheduleType": "crn"}), Code.ENUMERATION, "`cron`"),
    (of(RUN | {"failureAndRerunMode": "#{myMode}"}, values={"myMode": "some"}), Code.ENUMERATION, "cascade"),
    (of(default(schedule=[]), EC2 | {"workerGroup": "w"}), Code.FORBIDDEN_FIELD, "Ec2.workerGroup"),
    (of(default(schedule=[]), EC2 | {"terminateAfter": "1 hr"}), Code.PERIOD, "minute, hour, day"),
    (of(daily(period="1 mnth")), Code.PERIOD, "Did you mean `1 month`?"),
    (of(daily(period="2 Dyas")), Code.PERIOD, "Did you mean `2 days`?"),
    (of(daily(period="15 Period")), Code.PERIOD, "A period is a whole number and a unit"),
    (of(RUN | {"input": ref("Runn")}), Code.DANGLING, "Did you mean `Run`?"),
    (of(RUN | {"myOwn": ref("Nothing")}), Code.DANGLING, "Run.myOwn"),
    (
        of(RUN | {"parent": ref("P")}, {"id": "P", "parent": ref("Run")}),
        Code.PARENT_CYCLE,
        "`P` → `Run` → `P`",
    ),
    (of(RUN | {"command": "echo #{myA"}), Code.UNBALANCED, "Run.command"),
    (of(RUN | {"command": "#{myInputDri}"}, values={"myInputDir": "x"}), Code.UNDECLARED, "`#{myInputDir}`"),
    (of(RUN | {"command": "#{format(myA, 'x')}"}), Code.UNDECLARED, "`#{myA}`"),
    (of(RUN | {"command": "#{*myA}"}, values={"myA": "x"}), Code.UNDECLARED, "`#{myA}`"),
    (of(RUN, values={"myA": "#{myB}"}), Code.UNDECLARED, "`myA` uses"),
    (of(RUN | {"command": "#{myA}"}, parameters=[{"id": "myA"}]), Code.NO_VALUE, "`default`"),
    (
        of(RUN | {"command": "#{myA}"}, parameters=[{"id": "myA"}], values={"mya": "x"}),
        Code.NO_VALUE,
        "`mya`",
    ),
    (of(RUN, values={"myA": "#{myB}", "myB": "#{myA}"}), Code.VALUE_CYCLE, "`myA` → `myB` → `myA`"),
    (of(daily(period="10 minutes")), Code.PERIOD_RANGE, "15 minutes"),
    (of(daily(period="37 months")), Code.PERIOD_RANGE, "3 years"),
    (of(daily(period="1097 days")), Code.PERIOD_RANGE, "3 years"),
    (of(daily(startAt=[], startDateTime="2024-01-01")), Code.START, "2030-01-31T04:00:00"),
    (of(daily(startAt=[], startDateTime="2024-01-01T00:00:00Z")), Code.START, "without a zone"),
    (of(daily(startAt=[], startDateTime="2024-02-30T00:00:00")), Code.START, "Daily.startDateTime"),
    (of(daily(endDateTime="tomorrow")), Code.START, "Daily.endDateTime"),
    (of(daily(startDateTime="2024-01-01T00:00:00")), Code.START_TWICE, "`startAt` and `startDateTime`"),
    (of(daily(occurrences=1, endDateTime="2030-01-01T00:00:00")), Code.END_TWICE, "`endDateTime`"),
    (of(daily(occurrences=0)), Code.OCCURRENCES, "from 1 on"),
    (of(default(scheduleType="onDemand"), daily()), Code.ON_DEMAND_SCHEDULE, "Remove the Schedule"),
    (of(RUN | {f"my{'X' * n}": "1" for n in range(1, 60)}), Code.FIELDS_LIMIT, "63 fields"),
    (of(RUN | {"command": "é" * 6000}), Code.FIELD_BYTES, "12000 bytes"),
    (of(RUN | {"myA": "a" * 10000, "myB": "b" * 10000}), Code.OBJECT_BYTES, "20"),
    (of(RUN | {"id": "R" * 257}), Code.NAME_BYTES, "257 bytes"),
    (of(RUN | {"name": "R" * 257}), Code.NAME_BYTES, "257 bytes"),
    (of(RUN | {"my" + "R" * 257: "1"}), Code.NAME_BYTES, "259 bytes"),
    (
        of(RUN, parameters=[{"id": f"my{n}", "default": 1} for n in range(51)]),
        Code.PARAMETERS_LIMIT,
        "51 parameters",
    ),
    (of(RUN, values={"myA": "x" * 10241}), Code.VALUE_LENGTH, "10241"),
]


@pytest.mark.parametrize(("document", "code", "says"), BAD)
def test_each_mistake_is_one_error_with_its_place_and_a_hint(document: object, code: Code, says: str) -> None:
    found = [finding for finding in findings(document) if finding.severity is Severity.ERROR]
    assert [finding.code for finding in found] == [code]
    assert found[0].at is not None
    assert found[0].hint
    assert says in f"{found[0].message} {found[0].hint}"


@pytest.mark.parametrize(
    ("document", "code", "says"),
    [
        (of(RUN | {"comand": "x"}), Code.UNKNOWN_FIELD, "Did you mean `command`?"),
        (of(RUN | {"Input": "x"}), Code.UNKNOWN_FIELD, "Did you mean `input`?"),
        (of(default(schedule=[], keypair="k")), Code.UNKNOWN_FIELD, "Did you mean `keyPair`?"),
        (of(RUN | {"mystery": "x"}), Code.UNKNOWN_FIELD, "begins with `my`"),
        (of(*(RUN | {"id": f"R{n}"} for n in range(101))), Code.OBJECTS_LIMIT, "101 objects"),
        (
            of(RUN | {"myB": "#{myA}"}, parameters=[{"id": "myA", "description": "", "optional": True}]),
            Code.EMPTY_ATTRIBUTE,
            "`description`",
        ),
        (
            of(RUN | {"parent": ref("A")}, {"id": "A", "type": "ShellCommandActivity"}),
            Code.INCOMPLETE_PARENT,
            "`A`",
        ),
    ],
)
def test_what_aws_may_take_is_a_warning(document: object, code: Code, says: str) -> None:
    found = findings(document)
    assert {(finding.severity, finding.code) for finding in found} == {(Severity.WARNING, code)}
    assert says in f"{found[0].message} {found[0].hint}"


def test_a_value_is_blamed_where_it_was_given() -> None:
    """Not in the template, that fifty pipelines share."""
    template = of(daily(period="#{mySchedulePeriod}", startAt=[], startDateTime="#{myStart}"))
    values = {"mySchedulePeriod": "1 mnth", "myStart": "#{myDay}T00:00:00", "myDay": "2024-1-1"}
    shared, _ = read_definition(node(template))
    given, _ = read_definition(node(of(values=values), "dir/values.json"))
    found = check(type(shared)(shared.objects, shared.parameters, given.values))
    assert [(f.code, f.at.path, f.at.line) for f in found if f.at] == [
        (Code.PERIOD, "dir/values.json", 7),
        (Code.START, "dir/values.json", 9),
    ]


def test_a_default_is_blamed_where_it_stands() -> None:
    document = of(daily(period="#{myPeriod}"), parameters=[{"id": "myPeriod", "default": "1 mnth"}])
    (finding,) = findings(document)
    assert finding.at == read_definition(node(document))[0].parameters[0].attributes["default"].at


def test_a_secret_that_looks_like_an_expression_is_not_shown() -> None:
    document = of(
        RUN, parameters=[{"id": "*myA", "default": "#{mySecret}"}], values={"*myB": "#{mySecret} #{"}
    )
    assert "mySecret" not in str(findings(document))


def test_an_own_field_may_be_used_like_a_parameter() -> None:
    assert findings(of(RUN | {"command": "#{myOwn}", "myOwn": "x"})) == ()
    assert findings(of({"id": "Default", "myOwn": "x"}, RUN | {"command": "#{myOwn}"})) == ()


def test_findings_come_in_the_order_of_the_file() -> None:
    document = of(
        RUN | {"id": "A", "input": ref("X"), "comand": "x"},
        RUN | {"id": "B", "type": "No"},
        daily(period="x"),
    )
    lines = [finding.at.line for finding in findings(document) if finding.at]
    assert lines == sorted(lines)
    assert len(lines) == 4


def test_messages_stay_short_whatever_was_written() -> None:
    for finding in findings(of(RUN | {"scheduleType": "x" * 5000, "input": ref("y" * 5000)})):
        assert len(finding.message) < 600
        assert len(finding.hint) < 600


def test_twenty_objects_take_milliseconds() -> None:
    definition, _ = read_definition(node(copy.deepcopy(SHELL | {"objects": [*ALL["emr"]["objects"], RUN]})))  # type: ignore[misc]
    assert len(definition.objects) == 20
    check(definition)
    best = min(_seconds(lambda: check(definition)) for _ in range(20))
    assert best < 0.05


def _seconds(work: object) -> float:
    started = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - started


keys = st.sampled_from(
    ["id", "type", "parent", "period", "startDateTime", "schedule", "input", "myX", "*p", "occurrences"]
)
scalars = (
    st.sampled_from(["", "Default", "A", "Schedule", "1 day", "#{myX}", "#{", "ondemand", "9" * 30, "\ud800"])
    | st.none()
)
values = scalars | st.booleans() | st.integers() | st.builds(ref, st.sampled_from(["A", "B", "", "Default"]))
objects = st.dictionaries(keys, values | st.lists(values, max_size=2), max_size=6)
junk = st.recursive(
    scalars | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=8
)
documents = st.fixed_dictionaries(
    {"objects": st.lists(objects | junk, max_size=5)},
    optional={
        "parameters": st.lists(objects, max_size=2) | junk,
        "values": st.dictionaries(keys, values) | junk,
    },
)


@given(documents | junk)
def test_nothing_that_can_be_written_makes_it_fail(document: object) -> None:
    for finding in findings(document):
        assert finding.at is not None
        assert finding.message
        assert finding.hint
