"""Templates that several pipelines share: with its values, each means what it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pipelayer.definition.compare import changes
from pipelayer.definition.flat import Definition, Field, Parameter, PipelineObject, Ref
from pipelayer.importer.structure import MOST_LIFTED, Structure, structures

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
TEXTS = st.sampled_from(
    [
        "echo a",
        "echo b",
        "s3://b/#{myWord}/x",
        "s3://c/#{myWord}/x",
        "#{myWord}",
        "#{@id}",
        "a#{@id}b",
        "#{",
        "#",
        "€",
    ]
)
FIELDS = st.dictionaries(
    st.sampled_from(["command", "scriptArgument", "myOwn", "stdout", "retryDelay", "stage", "onFail"]),
    st.lists(TEXTS, min_size=1, max_size=2).map(lambda texts: Field(tuple(texts))),
    max_size=4,
)


def definition(
    fields: dict[str, Field], period: str, values: dict[str, str], kind: str = "cron"
) -> Definition:
    objects = (
        PipelineObject(
            "Default", "Default", {"scheduleType": Field((kind,)), "schedule": Field((Ref("When"),))}
        ),
        PipelineObject(
            "When",
            "When",
            {
                "type": Field(("Schedule",)),
                "period": Field((period,)),
                "startDateTime": Field(("2026-01-01T00:00:00",)),
            },
        ),
        PipelineObject("Job", "Job", {"type": Field(("ShellCommandActivity",)), **fields}),
    )
    given = {id: Field((text,)) for id, text in values.items()}
    return Definition(
        objects, (Parameter("myWord", {"type": Field(("String",))}),), {**given, "myWord": Field(("w",))}
    )


DEFINITIONS = st.builds(
    definition,
    FIELDS,
    st.sampled_from(["1 day", "12 hours", "#{myPeriod}"]),
    st.dictionaries(
        st.sampled_from(["myPeriod", "myCommand", "myOther"]), st.sampled_from(["1 day", "x"]), max_size=2
    ),
)


def rebuilt(structure: Structure, id: str) -> Definition:
    return replace(structure.template, values=structure.values[id])


@given(st.lists(DEFINITIONS, max_size=6))
def test_a_template_with_its_values_means_what_the_pipeline_was(found: list[Definition]) -> None:
    every = {f"df-{number}": one for number, one in enumerate(found)}
    made = structures(every)
    assert sorted(id for one in made for id in one.values) == sorted(every)
    for structure in made:
        assert not structure.template.values
        for id in structure.values:
            assert changes(every[id], rebuilt(structure, id), NOW) == ()


@given(DEFINITIONS, st.lists(st.sampled_from(["echo a", "echo b", "echo c"]), min_size=2, max_size=5))
def test_pipelines_that_differ_in_a_command_share_a_template(one: Definition, commands: list[str]) -> None:
    job = one.objects[-1]
    every = {}
    for number, command in enumerate(commands):
        changed = replace(job, fields={**job.fields, "command": Field((command,))})
        every[f"df-{number}"] = replace(one, objects=(*one.objects[:-1], changed))
    (structure,) = structures(every)
    lifted = {id: set(values) - set(one.values) for id, values in structure.values.items()}
    assert all(len(names) == (1 if len(set(commands)) > 1 else 0) for names in lifted.values())


def test_what_differs_alike_is_one_parameter() -> None:
    def job(name: str) -> Definition:
        return definition({"command": Field((f"{name}",)), "stdout": Field((f"{name}",))}, "1 day", {})

    (structure,) = structures({"df-1": job("orders"), "df-2": job("stock")})
    assert structure.values["df-2"]["myCommand"] == Field(("stock",))
    assert structure.template.objects[-1].text("stdout") == "#{myCommand}"


def test_what_decides_how_a_definition_is_read_stays_in_the_template() -> None:
    every = {"df-1": definition({}, "1 day", {}), "df-2": definition({}, "1 day", {}, kind="timeseries")}
    assert len(structures(every)) == 2


def test_a_parameter_never_takes_a_name_that_means_something() -> None:
    own = {"myCommand": Field(("own field",))}
    every = {
        "df-1": definition({**own, "command": Field(("a",))}, "1 day", {}),
        "df-2": definition({**own, "command": Field(("b",))}, "1 day", {}),
    }
    (structure,) = structures(every)
    assert structure.template.objects[-1].text("command") == "#{myCommand2}"


def test_where_too_much_differs_each_has_its_own_template() -> None:
    def job(text: str) -> Definition:
        texts = tuple(f"{text} {number}" for number in range(MOST_LIFTED + 1))
        return definition({"scriptArgument": Field(texts)}, "1 day", {})

    assert [one.template.parameters[1:] for one in structures({"df-1": job("a"), "df-2": job("b")})] == [
        (),
        (),
    ]
