from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.definition.compare import Change, EditRule, changes
from pipelayer.definition.flat import from_api, to_api
from pipelayer.definition.parts import (
    Definition,
    Field,
    Parameter,
    PipelineObject,
    Ref,
    SecretKind,
    SecretSource,
)
from pipelayer.definition.schedule import Moved, move_start

REMOVED = EditRule.REMOVED_OBJECT
PERIOD = EditRule.PERIOD
REFERENCE = EditRule.REFERENCE
ACTIVITY = "ShellCommandActivity"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
Plain = str | Ref | SecretSource | list[str | Ref]


def field(value: Plain) -> Field:
    return Field(tuple(value) if isinstance(value, list) else (value,))


def obj(id: str, **fields: Plain) -> PipelineObject:
    return PipelineObject(
        id, id, {key.replace("SECRET_", "*"): field(value) for key, value in fields.items()}
    )


def fields(**texts: Plain) -> dict[str, Field]:
    return {key.replace("SECRET_", "*"): field(text) for key, text in texts.items()}


BASE = Definition(
    objects=(
        obj("Default", scheduleType="cron", schedule=Ref("Daily"), role="R"),
        obj("Daily", type="Schedule", period="#{myPeriod}", startDateTime="#{myStart}"),
        obj("In", type="S3DataNode", directoryPath="#{myDir}/#{@pipelineId}"),
        obj("Out", type="S3DataNode", directoryPath="s3://b/out"),
        obj("Db", type="RdsDatabase", username="u", SECRET_password="hidden"),
        obj(
            "Run",
            type=ACTIVITY,
            command="run",
            input=Ref("In"),
            output=Ref("Out"),
            workerGroup="w",
            scriptArgument=["a", "b"],
        ),
    ),
    parameters=(
        Parameter("myPeriod", fields(type="String", default="1 day")),
        Parameter("*myKey", fields(default="k")),
    ),
    values=fields(myStart="2026-01-01T03:00:00", myDir="s3://b/#{myEnv}", myEnv="dev", SECRET_myKey="hidden"),
)


def put(d: Definition, *objects: PipelineObject) -> Definition:
    """The definition with these objects in the place of those with their ids, or added."""
    new = {item.id: item for item in objects}
    kept = tuple(new.pop(item.id, item) for item in d.objects)
    return replace(d, objects=(*kept, *new.values()))


def alter(d: Definition, id: str, **altered: Plain) -> Definition:
    item = d.object(id)
    assert item is not None
    return put(d, replace(item, fields={**item.fields, **fields(**altered)}))


def with_values(d: Definition, **values: Plain) -> Definition:
    return replace(d, values={**d.values, **fields(**values)})


def live(d: Definition) -> Definition:
    """What AWS shows of a definition that was deployed: in the API's form, its start moved."""
    result = move_start(d, datetime(2026, 6, 1, tzinfo=UTC))
    assert isinstance(result, Moved)
    api = to_api(result.definition)
    return from_api(api["pipelineObjects"][::-1], api["parameterObjects"][::-1], api["parameterValues"][::-1])


def test_what_was_deployed_is_unchanged() -> None:
    assert changes(live(BASE), BASE, NOW) == ()


def test_what_aws_adds_and_what_is_secret_is_not_compared() -> None:
    seen = alter(live(BASE), "Run", **{"@version": "3"})
    seen = alter(seen, "Db", SECRET_password="other", SECRET_more="x")
    seen = with_values(seen, SECRET_myKey="other")
    seen = replace(seen, parameters=(Parameter("*myKey", fields(default="other")), BASE.parameters[0]))
    desired = alter(BASE, "Db", SECRET_password=SecretSource(SecretKind.ENV, "P"))
    assert changes(seen, desired, NOW) == ()


@pytest.mark.parametrize(
    ("desired", "expected"),
    [
        (alter(BASE, "Run", command="other"), Change("Run.command", "run", "other")),
        (alter(BASE, "Run", scriptArgument=["b", "a"]), Change("Run.scriptArgument", "a, b", "b, a")),
        (alter(BASE, "Run", stage="true"), Change("Run.stage", "", "true")),
        (put(BASE, replace(BASE.objects[0], name="D")), Change("Default.name", "Default", "D")),
        (replace(BASE, objects=BASE.objects[:-1]), Change("Run", ACTIVITY, "", REMOVED)),
        (alter(BASE, "Run", type="X"), Change("Run.type", ACTIVITY, "X", REMOVED)),
        (alter(BASE, "Run", input=Ref("Out")), Change("Run.input", "ref In", "ref Out", REFERENCE)),
        (alter(BASE, "Run", precondition=Ref("In")), Change("Run.precondition", "", "ref In", REFERENCE)),
        (alter(BASE, "Run", input="In"), Change("Run.input", "ref In", "In", REFERENCE)),
        (put(BASE, obj("New", type="CopyActivity", input=Ref("In"))), Change("New", "", "CopyActivity")),
        (
            put(BASE, obj("New", type="CopyActivity", output=[Ref("Newer"), Ref("Out")])),
            Change("New", "", "CopyActivity", EditRule.OUTPUT),
        ),
        (alter(BASE, "Daily", period="12 hours"), Change("Daily.period", "1 day", "12 hours", PERIOD)),
        (
            alter(BASE, "Daily", startDateTime="2026-01-01T04:00:00"),
            Change("Daily.startDateTime", "2026-06-01T03:00:00", "2026-01-01T04:00:00", EditRule.START),
        ),
        (
            alter(BASE, "Daily", endDateTime="2030-01-01T00:00:00"),
            Change("Daily.endDateTime", "", "2030-01-01T00:00:00"),
        ),
        (
            alter(BASE, "Daily", occurrences="900"),
            Change("Daily.occurrences", "", "900 from 2026-01-01T03:00:00"),
        ),
        (alter(BASE, "Daily", period="#{@x}"), Change("Daily.period", "1 day", "#{@x}", EditRule.PERIOD)),
    ],
)
def test_each_change_with_its_rule(desired: Definition, expected: Change) -> None:
    found = changes(live(BASE), desired, NOW)
    assert expected in found
    assert all(change.place in {expected.place, "Daily.startDateTime"} for change in found)


def test_a_value_is_shown_where_it_arrives() -> None:
    assert changes(live(BASE), with_values(BASE, myEnv="prod"), NOW) == (
        Change("In.directoryPath", "s3://b/dev/#{@pipelineId}", "s3://b/prod/#{@pipelineId}"),
        Change("values.myEnv", "dev", "prod"),
    )


def test_a_period_that_comes_from_a_parameter_is_still_a_period() -> None:
    found = changes(live(BASE), with_values(BASE, myPeriod="2 days"), NOW)
    assert found == (Change("Daily.period", "1 day", "2 days", EditRule.PERIOD),)


def test_a_start_written_anew_with_the_same_slots_is_no_change() -> None:
    assert changes(live(BASE), with_values(BASE, myStart="2026-02-01T03:00:00"), NOW) == ()
    used_twice = alter(BASE, "In", directoryPath="s3://b/#{myStart}")
    found = changes(live(used_twice), with_values(used_twice, myStart="2026-02-01T03:00:00"), NOW)
    assert [change.place for change in found] == ["In.directoryPath", "values.myStart"]


def test_a_value_that_equals_the_default_is_no_change() -> None:
    assert changes(live(BASE), with_values(BASE, myPeriod="1 day"), NOW) == ()
    assert changes(live(with_values(BASE, myPeriod="1 day")), BASE, NOW) == ()


def test_occurrences_are_compared_after_the_move() -> None:
    counted = alter(BASE, "Daily", occurrences="900")
    assert changes(live(counted), counted, NOW) == ()
    assert changes(live(counted), alter(counted, "Daily", occurrences="901"), NOW) == (
        Change("Daily.occurrences", "749 from 2026-06-01T03:00:00", "901 from 2026-01-01T03:00:00"),
    )


names = st.sampled_from(["a", "b", "myC", "*d", "@e", "type", "parent"])
values = st.lists(
    st.sampled_from(["x", "#{myC}", "#{@y}", ""]) | st.builds(Ref, names), min_size=1, max_size=3
)
tables = st.dictionaries(names, values.map(lambda found: Field(tuple(found))), max_size=4)
plain = st.dictionaries(st.sampled_from(["myC", "*myD"]), st.just(Field(("v",))), max_size=2)
some_definitions = st.builds(
    lambda objects, parameters, values: Definition(
        tuple(PipelineObject(id, id, table) for id, table in objects.items()),
        tuple(Parameter(id, {"default": table}) for id, table in parameters.items()),
        values,
    ),
    st.dictionaries(names, tables, max_size=4),
    plain,
    plain,
)


@given(some_definitions)
def test_a_definition_equals_itself_in_any_form(d: Definition) -> None:
    assert changes(live(d), d, NOW) == ()


@given(some_definitions, st.text(min_size=1))
def test_secrets_are_never_shown(d: Definition, secret: str) -> None:
    secret = f"<{secret}>"
    hidden = {key: Field((secret,)) for key in ("*p", "*myD")}
    told = Definition(
        tuple(replace(item, fields={**item.fields, **hidden}) for item in d.objects),
        tuple(
            replace(p, attributes={**p.attributes, "default": Field((secret,))})
            for p in d.parameters
            if p.id[0] == "*"
        ),
        {**d.values, "*myD": Field((secret,)), "myC": Field(("#{*myD}",))},
    )
    for change in changes(d, told, NOW) + changes(told, d, NOW):
        assert secret not in change.before + change.after


@pytest.mark.parametrize(
    "desired",
    [
        replace(BASE, parameters=(*BASE.parameters, Parameter("myNew", {}))),
        with_values(BASE, myUnused="1"),
        with_values(alter(BASE, "Run", command="#{myCommand}"), myCommand="run"),
        with_values(alter(BASE, "Run", command="r#{myUn}"), myUn="u#{myN}", myN="n"),
        with_values(alter(BASE, "Daily", period="#{myPeriod}"), myPeriod="1 day"),
    ],
)
def test_a_parameter_that_one_side_does_without_is_no_change_by_itself(desired: Definition) -> None:
    """What it comes to shows in the fields that use it."""
    assert changes(live(BASE), desired, NOW) == ()
    assert changes(desired, live(BASE), NOW) == ()


def test_another_credential_is_a_change_though_secret_fields_are_not_compared() -> None:
    def database(password: str, *parameters: str, **given: str) -> Definition:
        secret = alter(BASE, "Db", SECRET_password=password)
        declared = (*BASE.parameters, *(Parameter(id, {}) for id in parameters))
        return with_values(replace(secret, parameters=declared), **given)

    one, other = database("#{*myA}", "*myA", SECRET_myA="a"), database("#{*myB}", "*myB", SECRET_myB="b")
    assert {change.place for change in changes(live(one), other, NOW)} == {
        "parameters.*myA",
        "parameters.*myB",
    }
    one, other = database("#{myOld}", myOld="hunter2"), database("#{myNew}", myNew="#{myNewer}", myNewer="3")
    found = changes(live(one), other, NOW)
    assert {change.place for change in found} == {"values.myOld", "values.myNew", "values.myNewer"}
    assert "hunter2" not in str(found)


def test_what_does_change_is_told_once() -> None:
    """By the field, and not by the parameter that stands for it now."""
    desired = with_values(alter(BASE, "Run", command="#{myCommand}"), myCommand="other")
    assert changes(live(BASE), desired, NOW) == (Change("Run.command", "run", "other"),)


def test_what_a_new_object_uses_shows_nowhere_else() -> None:
    desired = put(with_values(BASE, myTopic="t"), obj("News", type="SnsAlarm", subject="#{myTopic}"))
    assert [one.place for one in changes(live(BASE), desired, NOW)] == ["News", "values.myTopic"]


def test_a_parameter_that_the_other_side_uses_in_the_same_words_is_a_change() -> None:
    """There it means something else: nothing, or an object's own field."""
    used = alter(BASE, "Run", command="#{myCommand}")
    given = with_values(used, myCommand="run")
    assert [one.place for one in changes(used, given, NOW)] == ["Run.command", "values.myCommand"]
    inside = alter(BASE, "Run", command="#{format(@scheduledStartTime, myFormat)}")
    assert [one.place for one in changes(inside, with_values(inside, myFormat="YYYY"), NOW)] == [
        "values.myFormat"
    ]


def test_what_becomes_a_secret_is_not_shown_for_that() -> None:
    """It stood openly in the live definition; a plan that shows what changes must not repeat it."""
    open_one = with_values(alter(BASE, "Run", command="login #{myPassword}"), myPassword="hunter2")
    closed = replace(
        alter(BASE, "Run", command="login #{*myPassword}"),
        values={**BASE.values, **fields(SECRET_myPassword=SecretSource(SecretKind.ENV, "P"))},
    )
    found = changes(live(open_one), closed, NOW)
    assert {change.place for change in found} == {"Run.command"}
    assert "hunter2" not in str(found)
    assert "hunter2" not in str(changes(live(closed), open_one, NOW))


@pytest.mark.parametrize(("before", "after"), [("password", "*password"), ("*myToken", "myToken")])
def test_a_field_that_is_secret_on_either_side_is_shown_on_neither(before: str, after: str) -> None:
    def database(key: str) -> Definition:
        return Definition((PipelineObject("Db", "Db", {key: field("open-sesame")}),))

    found = changes(database(before), database(after), NOW)
    assert [change.place for change in found] == [f"Db.{before.lstrip('*') if before[0] != '*' else after}"]
    assert "open-sesame" not in repr(found)
    assert "(secret)" in repr(found)
