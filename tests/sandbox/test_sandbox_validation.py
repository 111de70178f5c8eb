"""What Validate and Put say about a definition, and which edits of an activated pipeline are refused."""

from __future__ import annotations

import pytest

from pipelayer.sandbox.settings import EditRulesInValidate, Switches


@pytest.fixture
def check(aws, define):
    """Errors and warnings by object, from Validate; Put must agree."""
    pipeline_id = aws.create_pipeline(name="checked", uniqueId="1")["pipelineId"]

    def run(parameters=(), values=(), **changes):
        request = {
            "pipelineId": pipeline_id,
            "pipelineObjects": define(**changes),
            "parameterObjects": list(parameters),
            "parameterValues": list(values),
        }
        answer = aws.validate_pipeline_definition(**request)
        put = aws.put_pipeline_definition(**request)
        assert {k: put.get(k) for k in ("errored", "validationErrors", "validationWarnings")} == {
            k: answer.get(k) for k in ("errored", "validationErrors", "validationWarnings")
        }
        errors = {one["id"]: one["errors"] for one in answer.get("validationErrors", [])}
        warnings = {one["id"]: one["warnings"] for one in answer.get("validationWarnings", [])}
        assert answer["errored"] is bool(errors)
        return errors, warnings

    return run


def test_a_good_definition(aws, define):
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    answer = aws.validate_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=define())
    answer.pop("ResponseMetadata")
    assert answer == {"errored": False}


def test_validate_saves_nothing(aws, define):
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    aws.validate_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=define())
    assert aws.get_pipeline_definition(pipelineId=pipeline_id)["pipelineObjects"] == []


@pytest.mark.parametrize(
    ("changes", "where", "message"),
    [
        ({"Job": {"type": "ShelCommandActivity"}}, "Job", "Invalid type 'ShelCommandActivity'"),
        (
            {"Job": {"command": None}},
            "Job",
            "At least one of the following fields is required: command, scriptUri",
        ),
        ({"Job": {"runsOn": None}}, "Job", "runsOn, workerGroup"),
        ({"Nightly": {"period": None}}, "Nightly", "Missing required field 'period'"),
        ({"Default": {"role": None}}, "Machine", "Missing required field 'role'"),
        (
            {"Job": {"parent": "Default"}},
            "Job",
            "'parent' values must be of type 'Default'. Found values of type 'String'",
        ),
        (
            {"Default": {"schedule": "Nightly"}},
            "Default",
            "'schedule' values must be of type 'Schedule'. Found values of type 'String'",
        ),
        ({"Default": {"schedule": {"ref": "Machine"}}}, "Default", "Found values of type 'Ec2Resource'"),
        (
            {"Job": {"dependsOn": {"ref": "Nowhere"}}},
            "Job",
            "Object 'Nowhere' referenced in field 'dependsOn'",
        ),
        ({"Job": {"command": {"ref": "Machine"}}}, "Job", "'command' values must be of type 'String'"),
        ({"Nightly": {"period": "10 minutes"}}, "Nightly", "at least 15 minutes"),
        ({"Nightly": {"period": "4 years"}}, "Nightly", "at most 3 years"),
        ({"Nightly": {"period": "1 mnth"}}, "Nightly", "'1 mnth' is not a valid Period"),
        (
            {"Nightly": {"startDateTime": "tomorrow"}},
            "Nightly",
            "INVALID_FIELD_VALUE:  'startDateTime' value must be a literal datetime value.",
        ),
        (
            {"Nightly": {"startDateTime": "#{minusDays(@scheduledStartTime, 1)}"}},
            "Nightly",
            "literal datetime",
        ),
        ({"Nightly": {"startAt": "FIRST_ACTIVATION_DATE_TIME"}}, "Nightly", "Only one of 'startAt'"),
        ({"Nightly": {"endDateTime": "2026-02-01T00:00:00"}}, "Nightly", "must be after 'startDateTime'"),
        ({"Nightly": {"occurrences": "0"}}, "Nightly", "'occurrences' value '0'"),
        (
            {"Nightly": {"occurrences": "3", "endDateTime": "2027-01-01T00:00:00"}},
            "Nightly",
            "Only one of 'occurrences'",
        ),
        ({"Job": {"scheduleType": "sometimes"}}, "Job", "not a valid Enumeration"),
        ({"Default": {"scheduleType": "sometimes"}}, "Default", "not a valid Enumeration"),
        ({"Job": {"maximumRetries": "many"}}, "Job", "'maximumRetries' value 'many' is not a valid Integer"),
        ({"Job": {"attemptTimeout": "soon"}}, "Job", "not a valid Period"),
        ({"Job": {"stage": "maybe"}}, "Job", "not a valid Boolean"),
        ({"Job": {"failureAndRerunMode": "casc"}}, "Job", "not a valid Enumeration"),
        ({"Machine": {"workerGroup": "x"}}, "Machine", "'workerGroup' is not allowed"),
        ({"Job": {"command": "echo #{myNothing}"}}, "Job", "Unable to resolve '#{myNothing}'"),
        (
            {"Default": {"scheduleType": "ondemand"}},
            "Nightly",
            "not allowed when the schedule type is 'ondemand'",
        ),
        (
            {
                "Default": {"scheduleType": None, "schedule": None},
                "Nightly": None,
                "Job": {"scheduleType": "ondemand"},
            },
            "Default",
            "must be specified on the Default object",
        ),
        ({"Job": {f"my{n:03}": "x" for n in range(50)}}, "Job", "maximum number of fields"),
        ({"Job": {"command": "x" * 10_000, "stdout": "y" * 6_000}}, "Job", "maximum size of an object"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_what_is_refused(check, changes, where, message):
    errors, _ = check(**changes)
    assert any(message in one for one in errors.get(where, [])), errors


@pytest.mark.parametrize(
    "changes",
    [
        {"Nightly": {"period": "1 Day"}},
        {"Nightly": {"period": "15 MINUTES"}},
        {"Nightly": {"period": "3 years"}},
        {"Job": {"failureAndRerunMode": "CASCADE"}},
        {"Job": {"mySecretThing": "x", "unknownField": "y"}},
        {"Job": {"parent": {"ref": "Base"}, "command": None}, "Base": {"command": "echo inherited"}},
        {"Job": {"command": "echo #{myWord}", "myWord": "a field of the object"}},
        {
            "Job": {"command": "echo #{format(@scheduledStartTime,'YYYY-MM-dd')} '#{runsOn.myField}'"},
            "Machine": {"myField": "x"},
        },
        {"Job": {"maximumRetries": "#{myRetries}", "myRetries": "2"}},
        {"Job": {"command": "echo #{format(@scheduledStartTime, 'myPattern')}"}},
        {"Default": {"scheduleType": "ONDEMAND", "schedule": None}, "Nightly": None},
        {
            "Default": {"scheduleType": "ondemand"},
            "Nightly": {
                "period": "ONDEMAND_PERIOD",
                "startAt": "ONDEMAND_ACTIVATION_TIME",
                "startDateTime": None,
            },
        },
        {
            "Job": {"type": "ShellCommandActivity", "input": {"ref": "In"}},
            "In": {"type": "S3DataNode", "filePath": "s3://a/b"},
        },
    ],
    ids=str,
)
def test_what_is_accepted(check, changes):
    assert check(**changes)[0] == {}


def parameter(name, **attributes):
    found = []
    for key, given in attributes.items():
        texts = given if isinstance(given, list) else [given]
        found += [{"key": key, "stringValue": text} for text in texts]
    return {"id": name, "attributes": found or [{"key": "type", "stringValue": "String"}]}


def value(name, text):
    return {"id": name, "stringValue": text}


def test_parameters(check):
    job = {"Job": {"command": "echo #{myWord}"}}
    assert "No value was given" in check([parameter("myWord")], **job)[0]["myWord"][0]
    assert check([parameter("myWord", optional="true")], **job)[0] == {}
    assert check([parameter("myWord", default="x")], **job)[0] == {}
    assert check([parameter("myWord")], [value("myWord", "x")], **job)[0] == {}
    assert check((), [value("myWord", "x"), value("myUndeclared", "y")], **job)[0] == {}
    assert "must start with 'my'" in check([parameter("word", default="x")])[0]["word"][0]
    bad = check([parameter("myWord", allowedValues=["a", "b"])], [value("myWord", "c")], **job)[0]
    assert "not among the allowed values" in bad["myWord"][0]
    bad = check([parameter("myWord", type="Integer")], [value("myWord", "c")], **job)[0]
    assert "not a valid Integer" in bad["myWord"][0]
    many = [parameter(f"my{n}", default="x") for n in range(51)]
    assert "maximum number of parameters" in check(many)[0]["Parameters"][0]


def test_values_may_use_other_values(check):
    values = [value("myStart", "#{myDay}T02:00:00"), value("myDay", "2026-05-01")]
    assert check((), values, Nightly={"startDateTime": "#{myStart}"})[0] == {}
    around = [value("myA", "#{myB}"), value("myB", "#{myA}")]
    assert "literal" in check((), around, Nightly={"startDateTime": "#{myA}"})[0]["Nightly"][0]


def test_an_empty_attribute_of_a_parameter_is_an_internal_failure(aws, define, refusal):
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    code, _ = refusal(
        aws.put_pipeline_definition,
        pipelineId=pipeline_id,
        pipelineObjects=define(),
        parameterObjects=[{"id": "myA", "attributes": [{"key": "default", "stringValue": ""}]}],
    )
    assert code == "InternalFailure"


def test_warnings_do_not_hinder(check):
    errors, warnings = check(Default={"pipelineLogUri": None}, Machine={"terminateAfter": None})
    assert errors == {}
    assert warnings == {
        "Default": [
            "'pipelineLogUri'is missing. It is recommended to set this value on Default object for better "
            "troubleshooting."
        ],
        "Machine": [
            "'terminateAfter' is missing. It is recommended to set this to avoid leaving resource "
            "running for long duration."
        ],
    }


def test_a_backfill_with_cascade_is_warned_of(check):
    _, warnings = check(
        Job={"failureAndRerunMode": "cascade"}, Nightly={"startDateTime": "2026-01-01T00:00:00"}
    )
    assert (
        "you are about to create a backfill with scheduleStartTime 2026-01-01T00:00:00." in warnings["Job"][0]
    )


def test_the_role_is_unknown_at_first(sandbox, aws, define):
    from dataclasses import replace

    sandbox.settings = replace(sandbox.settings, role_errors=2)
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    answers = [
        aws.validate_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=define()) for _ in range(3)
    ]
    assert [one["errored"] for one in answers] == [True, True, False]
    assert "role" in answers[0]["validationErrors"][0]["errors"][0]


OUTPUT = {"type": "S3DataNode", "directoryPath": "s3://a/b"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Job": None}, "can not be removed"),
        ({"Nightly": {"period": "2 days"}}, "period of an existing object"),
        ({"Nightly": {"startDateTime": "2026-03-02T02:00:00"}}, "start date of an existing object"),
        ({"Job": {"dependsOn": {"ref": "Other"}}, "Other": {**OUTPUT}}, "Reference field 'dependsOn'"),
        ({"Job": {"runsOn": None, "workerGroup": "w"}}, "Reference field 'runsOn'"),
        (
            {"Job": {"runsOn": {"ref": "Machine2"}}, "Machine2": {"type": "Ec2Resource"}},
            "Reference field 'runsOn'",
        ),
        (
            {
                "Job2": {
                    "type": "ShellCommandActivity",
                    "command": "x",
                    "workerGroup": "w",
                    "output": {"ref": "Out"},
                }
            },
            "New object 'Job2' can not reference the existing object 'Out' in its 'output' field",
        ),
    ],
)
def test_forbidden_edits(sandbox, aws, define, scheduled, state, changes, message):
    pipeline_id = scheduled(Out=OUTPUT)
    desired = define(**{"Out": OUTPUT, **changes})
    answer = aws.put_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=desired)
    assert answer["errored"]
    assert message in str(answer["validationErrors"])
    assert aws.get_pipeline_definition(pipelineId=pipeline_id)["pipelineObjects"] == desired
    assert state(pipeline_id) == "SCHEDULED"
    sandbox.switch(Switches(edit_rules_in_validate=EditRulesInValidate.APPLIED))
    assert aws.validate_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=desired)["errored"]
    sandbox.switch(Switches(edit_rules_in_validate=EditRulesInValidate.IGNORED))
    assert not aws.validate_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=desired)["errored"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Job": {"command": "echo other", "maximumRetries": "1"}},
        {"Nightly": {"period": "24 hours"}},
        {"Job2": {"type": "ShellCommandActivity", "command": "x", "runsOn": {"ref": "Machine"}}},
        {
            "Job2": {
                "type": "ShellCommandActivity",
                "command": "x",
                "workerGroup": "w",
                "output": {"ref": "Out2"},
            },
            "Out2": OUTPUT,
        },
    ],
    ids=str,
)
def test_allowed_edits(aws, define, scheduled, changes):
    pipeline_id = scheduled()
    answer = aws.put_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=define(**changes))
    assert not answer["errored"], answer
    aws.activate_pipeline(pipelineId=pipeline_id)


def test_an_output_that_is_already_there_stays(aws, define, scheduled):
    pipeline_id = scheduled(Job={"output": {"ref": "Out"}}, Out=OUTPUT)
    desired = define(Job={"output": {"ref": "Out"}, "command": "echo other"}, Out=OUTPUT)
    assert not aws.put_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=desired)["errored"]


def test_anything_may_be_edited_before_the_first_activation(aws, define):
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]
    aws.put_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=define())
    changes = {"Job": None, "Nightly": {"period": "2 days"}}
    assert not aws.put_pipeline_definition(pipelineId=pipeline_id, pipelineObjects=define(**changes))[
        "errored"
    ]


def test_parameters_are_evaluated_before_edits_are_judged(aws, define):
    pipeline_id = aws.create_pipeline(name="a", uniqueId="1")["pipelineId"]

    def put(period, values):
        return aws.put_pipeline_definition(
            pipelineId=pipeline_id,
            pipelineObjects=define(Nightly={"period": period}),
            parameterValues=[{"id": "myPeriod", "stringValue": one} for one in values],
        )["errored"]

    assert not put("#{myPeriod}", ["1 day"])
    aws.activate_pipeline(pipelineId=pipeline_id)
    assert not put("1 day", [])
    assert put("#{myPeriod}", ["2 days"])
