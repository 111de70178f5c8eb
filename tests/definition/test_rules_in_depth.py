"""The corners of the rules that their examples in the documents don't show."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from definition_nodes import node
from definition_samples import ALL, EC2, daily, default, ref

from pipelayer.definition.codes import Code
from pipelayer.definition.flat import Definition, read_definition
from pipelayer.definition.functions import ARGUMENTS, pattern_problems
from pipelayer.definition.rules import Checker, check
from pipelayer.model import Finding

NOW = datetime(2030, 1, 10, 12, tzinfo=UTC)
JOB = {
    "id": "Job",
    "type": "ShellCommandActivity",
    "workerGroup": "w",
    "command": "true",
    "pipelineLogUri": "s3://l/",
}


def findings(*objects: object, now: datetime | None = None, **more: object) -> tuple[Finding, ...]:
    definition, shape = read_definition(node({"objects": [*objects], **more}))
    return (*shape, *check(definition, now))


def codes(*objects: object, **more: object) -> list[str]:
    return [finding.code for finding in findings(*objects, **more)]


def command(text: str, **more: object) -> dict[str, object]:
    return JOB | {"command": text} | more


@pytest.mark.parametrize(
    "pattern", ["YYYY-MM-dd", "yyyy-MM-dd'T'HH:mm:ss", "hh:mm a", "xxxx-'W'ww", "mm:ss", "'DD'"]
)
def test_patterns_that_mean_what_they_seem_to(pattern: str) -> None:
    assert list(pattern_problems(pattern)) == []


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("YYYY-MM-DD", "dd"),
        ("yyyy-MM-dd hh:mm", "HH"),
        ("YYYY-'W'ww", "xxxx"),
        ("xxxx-MM-dd", "yyyy"),
        ("yyyy-mm-dd", "MM"),
        ("HH:MM", "mm"),
        ("kk:mm", "HH"),
        ("HH:MM:ss", "mm"),
        ("yyyy-MM-dd J", "quotes"),
    ],
)
def test_patterns_that_do_not(pattern: str, says: str) -> None:
    (problem,) = pattern_problems(pattern)
    assert says in problem[1]


def test_every_function_takes_its_own_number_of_arguments() -> None:
    for name, count in ARGUMENTS.items():
        right = ", ".join(["@scheduledStartTime"] * count)
        assert codes(command(f"#{{{name}({right})}}")) == []
        assert codes(command(f"#{{{name}({right}, 1)}}")) == [Code.ARGUMENTS]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("#{errorMessage} #{@status} #{name} #{id} #{type}", None),
        ("#{parent.@id} #{parent.parent.name}", None),
        ("#{workerGroup} #{scheduleType}", Code.UNSET_FIELD),
        ("#{@scheduledStrtTime}", Code.UNKNOWN_NAME),
        ("#{nothing}", Code.UNKNOWN_NAME),
        ("#{workerGrup}", Code.UNKNOWN_NAME),
        ("#{command.length}", Code.UNKNOWN_NAME),
        ("#{node.name}", Code.NODE),
        ("#{myWord}", Code.UNDECLARED),
        ("#{1 +}", Code.UNREADABLE),
        ("#{a ? b : c}", Code.UNFAMILIAR),
    ],
)
def test_names_in_expressions(text: str, code: Code | None) -> None:
    assert codes(command(text)) == ([code] if code else [])


def test_a_field_of_ones_own_is_reached_through_a_reference() -> None:
    data = {"id": "Data", "type": "S3DataNode", "directoryPath": "s3://b/", "myKind": "x"}
    assert codes(command("#{input.myKind} #{myKind}", input=ref("Data")), data) == []


def test_what_default_uses_may_be_its_childrens() -> None:
    assert codes(default(schedule=[], myLabel="#{command} #{input.directoryPath}"), JOB) == []


def test_a_value_is_blamed_where_it_stands() -> None:
    document = {
        "objects": [command("true", maximumRetries="#{myCount}")],
        "parameters": [{"id": "myCount"}],
        "values": {"myCount": "many"},
    }
    definition, _ = read_definition(node(document))
    (finding,) = check(definition)
    assert (finding.code, finding.at) == (Code.NUMBER, definition.values["myCount"].at)


def test_a_secret_value_is_never_shown() -> None:
    found = findings(
        {"id": "D", "type": "RdsDatabase", "username": "u", "rdsInstanceId": "d", "*password": "#{*myP}"},
        parameters=[{"id": "*myP", "type": "Integer", "allowedValues": ["first", "second"]}],
        values={"*myP": "hunter2"},
    )
    assert "hunter2" not in str(found)
    assert not any(
        name in finding.message + finding.hint for finding in found for name in ("first", "second")
    )


@pytest.mark.parametrize(
    ("schedule", "runs"),
    [
        ({"startDateTime": "2030-01-08T12:00:00"}, "3 runs"),
        ({"startDateTime": "2030-01-10T12:00:00"}, "one run"),
        ({"startDateTime": "2030-01-10T12:00:01"}, ""),
        ({"startDateTime": "2020-01-01T00:00:00", "occurrences": "5"}, "5 runs"),
        ({"startDateTime": "2030-01-01T00:00:00", "endDateTime": "2030-01-03T00:00:00"}, "2 runs"),
        ({"startAt": "FIRST_ACTIVATION_DATE_TIME"}, ""),
    ],
)
def test_missed_runs_are_counted(schedule: dict[str, object], runs: str) -> None:
    found = findings({"id": "Daily", "type": "Schedule", "period": "1 day", **schedule}, now=NOW)
    assert [finding.code for finding in found] == ([Code.MISSED_RUNS] if runs else [])
    assert all(runs in finding.message for finding in found)


def test_missed_runs_of_a_timeseries_are_those_that_ended() -> None:
    schedule = daily(startAt=[], startDateTime="2030-01-08T12:00:00")
    (finding,) = findings(default(scheduleType="timeseries"), schedule, JOB, now=NOW)
    assert "2 runs" in finding.message


def test_no_time_no_missed_runs() -> None:
    assert findings(daily(startAt=[], startDateTime="2020-01-01T00:00:00")) == ()


def test_an_intermediate_folder_is_no_trap() -> None:
    def data(id: str, place: str) -> dict[str, object]:
        return {"id": id, "type": "S3DataNode", "directoryPath": place}

    first = command("true", output=ref("Middle"))
    second = command("true", input=ref("Middle"), output=ref("Last")) | {"id": "Second"}
    nodes = [data("Middle", "s3://b/middle"), data("Last", "s3://b/last")]
    assert codes(first, second, *nodes) == []
    assert codes(first, second, nodes[0], data("Last", "s3://b/middle/last")) == [Code.OUTPUT_IN_INPUT]


def test_a_machine_is_measured_by_its_own_schedule() -> None:
    hourly = {"id": "Hourly", "type": "Schedule", "period": "1 hour", "startAt": "FIRST_ACTIVATION_DATE_TIME"}
    two = EC2 | {"terminateAfter": "2 hours"}
    assert codes(default(), daily(), hourly, two) == []
    assert codes(default(), daily(), hourly, two | {"schedule": ref("Hourly")}) == [Code.LATE_TERMINATE]


def test_a_parameter_that_is_read_through_others_is_used() -> None:
    data = {"id": "Data", "type": "S3DataNode", "directoryPath": "#{myPlace}"}
    values = {"myPlace": "#{myS3InputDir}/in", "myS3InputDir": "s3://b/#{myEnv}", "myEnv": "dev"}
    assert codes(data, parameters=[{"id": name} for name in values], values=values) == []


def test_checking_together_finds_what_checking_alone_does() -> None:
    checker = Checker()
    definitions = [read_definition(node(document))[0] for document in ALL.values()]
    for definition in definitions * 2:
        for values in ({}, definition.values):
            one = Definition(definition.objects, definition.parameters, values)
            assert checker.check(one, NOW) == check(one, NOW)
