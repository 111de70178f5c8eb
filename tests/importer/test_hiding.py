"""Secrets: whatever AWS shows of them, none is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.definition.flat import (
    Definition,
    Field,
    Parameter,
    PipelineObject,
    SecretKind,
    SecretSource,
    to_flat,
)
from pipelayer.importer.hiding import hide, open_secrets

DATABASE = {"type": Field(("RdsDatabase",)), "username": Field(("u",)), "rdsInstanceId": Field(("db",))}


def database(
    *passwords: str, values: dict[str, str] | None = None, declared: tuple[str, ...] = ()
) -> Definition:
    return Definition(
        tuple(
            PipelineObject(f"Db{number}", f"Db{number}", {**DATABASE, "*password": Field((text,))})
            for number, text in enumerate(passwords)
        ),
        tuple(Parameter(id, {"default": Field(("hunter2",))}) for id in declared),
        {id: Field((text,)) for id, text in (values or {}).items()},
    )


def source(variable: str) -> Field:
    return Field((SecretSource(SecretKind.ENV, variable),))


def test_a_secret_field_becomes_a_value_that_the_environment_gives() -> None:
    hidden = hide(database("hunter2"), "orders", ())
    assert hidden.definition.objects[0].text("*password") == "#{*myDb0Password}"
    assert hidden.definition.values == {"*myDb0Password": source("ORDERS_DB0_PASSWORD")}
    assert hidden.variables == {"*myDb0Password": "ORDERS_DB0_PASSWORD"}


def test_what_only_names_a_secret_stays() -> None:
    hidden = hide(database("#{*myKey}", values={"*myKey": "hunter2"}), "orders", ())
    assert hidden.definition.objects[0].text("*password") == "#{*myKey}"
    assert hidden.definition.values == {"*myKey": source("ORDERS_KEY")}


def test_a_plain_parameter_stays_where_a_secret_field_names_it() -> None:
    """Its value stands openly in AWS, and a note says so."""
    found = database("#{myDbPass}", values={"myDbPass": "hunter2"})
    assert hide(found, "orders", ()).definition == found
    assert list(open_secrets(found)) == ["myDbPass"]


def test_a_mask_is_the_only_secret_that_it_can_be() -> None:
    hidden = hide(database("********", values={"*myKey": "********"}), "orders", ())
    assert hidden.definition.objects[0].text("*password") == "#{*myKey}"


def test_where_there_are_two_a_mask_is_none_of_them() -> None:
    hidden = hide(database("********", "********", values={"*myKey": "********"}), "orders", ())
    texts = [one.text("*password") for one in hidden.definition.objects]
    assert texts == ["#{*myDb0Password}", "#{*myDb1Password}"]


def test_one_that_aws_leaves_out_is_put_where_its_type_needs_it() -> None:
    bare = Definition((PipelineObject("Db", "Db", DATABASE),))
    assert hide(bare, "orders", ()).definition.objects[0].text("*password") == "#{*myDbPassword}"


def test_a_declared_secret_without_a_value_gets_one_and_loses_its_default() -> None:
    hidden = hide(database(declared=("*myKey",)), "orders", ())
    assert hidden.definition.values == {"*myKey": source("ORDERS_KEY")}
    assert hidden.definition.parameters == (Parameter("*myKey", {}),)


@pytest.mark.parametrize("shown", ["hunter2", "x#{*myKey}hunter2", "hunter2#{*myKey}", "#{*myKey}#{hunter2}"])
@given(declared=st.sets(st.sampled_from(["*myKey", "myPlain"])), given_=st.booleans())
def test_no_secret_is_in_what_is_written(shown: str, declared: set[str], given_: bool) -> None:
    values = {"*myKey": "hunter2"} if given_ else {}
    found = database(shown, values=values, declared=tuple(sorted(declared - {"myPlain"})))
    assert "hunter2" not in str(to_flat(hide(found, "orders", ()).definition))
