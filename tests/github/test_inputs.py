from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.errors import UsageError
from pipelayer.github.inputs import INPUTS, Command, CommentMode, Inputs, IssueMode, Source, read_inputs
from pipelayer.run.request import AskAws, Choice, FailOn, ReplaceOrder, UnknownBase


def given_inputs(**values: str) -> Inputs:
    return read_inputs({f"INPUT_{name.replace('_', '-').upper()}": value for name, value in values.items()})


def problems(**values: str) -> list[str]:
    with pytest.raises(UsageError) as raised:
        given_inputs(**values)
    assert raised.value.exit_code == 2
    return raised.value.message.splitlines()[1:]


def test_nothing_given_means_the_defaults() -> None:
    assert read_inputs({}) == Inputs(
        command=Command.AUTO,
        working_directory="",
        config="pipelayer.yml",
        groups=(),
        choice=Choice.CHANGED,
        pipelines=(),
        base="",
        head="",
        on_unknown_base=UnknownBase.ALL,
        source=Source.COMMIT,
        prune=False,
        run_on_demand=False,
        replace_on_demand=False,
        respect_paused=True,
        cancel_running=False,
        replace=ReplaceOrder.CREATE_FIRST,
        secret_salt="",
        fail_on=FailOn.ERROR,
        dry_run=False,
        comment=CommentMode.AUTO,
        issue=IssueMode.AUTO,
        mask_aws_account_id=False,
        sarif_file="",
        github_token="",
        aws=AskAws.AUTO,
        concurrency=8,
    )


def test_empty_is_the_same_as_absent() -> None:
    assert read_inputs({spec.variable: " \n" for spec in INPUTS}) == read_inputs({})


def test_hyphens_stay_in_the_names_of_variables() -> None:
    assert read_inputs({"INPUT_DRY-RUN": "true"}).dry_run
    assert not read_inputs({"INPUT_DRY_RUN": "true"}).dry_run


def test_an_unknown_input_is_the_runners_business() -> None:
    assert read_inputs({"INPUT_TEAM": "data"}) == read_inputs({})


@pytest.mark.parametrize("text", ["true", "True", "TRUE"])
def test_true(text: str) -> None:
    assert given_inputs(prune=text).prune


@pytest.mark.parametrize("text", ["false", "False", "FALSE", ""])
def test_false(text: str) -> None:
    assert not given_inputs(prune=text).prune


@pytest.mark.parametrize("text", ["yes", "1", "on", "tRuE", "y"])
def test_what_is_no_boolean(text: str) -> None:
    assert problems(prune=text)[0].startswith("- `prune` is ")


def test_every_problem_is_told_at_once_with_a_guess() -> None:
    assert problems(command="valdate", source="Tracked", aws="always", concurrency="0", prune="ture") == [
        "- `command` is 'valdate', not one of `auto`, `validate`, `upload`, `activate`, `deploy`, `status`; "
        "did you mean `validate`?",
        "- `source` is 'Tracked', not one of `commit`, `tracked`, `worktree`; did you mean `tracked`?",
        "- `prune` is 'ture', not one of `true`, `false`; did you mean `true`?",
        "- `aws` is 'always', not one of `auto`, `required`, `never`",
        "- `concurrency` is '0'; give a whole number from 1 to 64",
    ]


@pytest.mark.parametrize(
    ("text", "choice", "names"),
    [
        ("changed", Choice.CHANGED, ()),
        ("all", Choice.ALL, ()),
        ("billing", Choice.NAMED, ("billing",)),
        ("a, export_*\n  b/c \n,\n a", Choice.NAMED, ("a", "export_*", "b/c")),
        (",", Choice.CHANGED, ()),
    ],
)
def test_pipelines(text: str, choice: Choice, names: tuple[str, ...]) -> None:
    inputs = given_inputs(pipelines=text)
    assert (inputs.choice, inputs.pipelines) == (choice, names)


def test_names_do_not_mix_with_all() -> None:
    assert problems(pipelines="all, billing") == [
        "- `pipelines` mixes names with `changed` or `all`; those stand alone"
    ]


def test_what_may_be_written_and_in_which_order() -> None:
    inputs = given_inputs(respect_paused="false", cancel_running="true", replace="delete-first")
    assert (inputs.respect_paused, inputs.cancel_running) == (False, True)
    assert inputs.replace is ReplaceOrder.DELETE_FIRST
    assert problems(replace="delete") == [
        "- `replace` is 'delete', not one of `create-first`, `delete-first`; did you mean `delete-first`?"
    ]


def test_accounts_are_hidden_on_request() -> None:
    assert given_inputs(mask_aws_account_id="true").mask_aws_account_id


def test_groups() -> None:
    assert given_inputs(group="dev, prod,dev").groups == ("dev", "prod")


@pytest.mark.parametrize(
    ("text", "root"),
    [
        (".", ""),
        ("./", ""),
        ("a/b/", "a/b"),
        ("./a/../b", "b"),
        ("/github/workspace", ""),
        ("/github/workspace/x", "x"),
    ],
)
def test_the_working_directory_is_relative_to_the_repository(text: str, root: str) -> None:
    inputs = read_inputs({"INPUT_WORKING-DIRECTORY": text, "GITHUB_WORKSPACE": "/github/workspace"})
    assert inputs.working_directory == root


@pytest.mark.parametrize("text", ["..", "a/../../b", "/etc", "/github/workspace2", "/github/workspace/../x"])
def test_a_working_directory_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_inputs({"INPUT_WORKING-DIRECTORY": text, "GITHUB_WORKSPACE": "/github/workspace"})


def test_a_config_must_be_a_file_inside() -> None:
    assert problems(config=".") == ["- `config` is a folder; name a file, such as `pipelayer.yml`"]
    assert problems(config="../x.yml") == ["- `config` is '../x.yml', which leaves the repository"]


@pytest.mark.parametrize("text", ["--upload-pack=evil", "-x", "two words", "a\nb"])
def test_a_revision_is_never_an_option(text: str) -> None:
    assert len(problems(base=text, head=text)) == 2


def test_secrets_do_not_show() -> None:
    inputs = given_inputs(github_token="ghs_secret", secret_salt="pepper")
    assert inputs.github_token == "ghs_secret"
    assert inputs.secret_salt == "pepper"
    assert "ghs_secret" not in repr(inputs)
    assert "pepper" not in repr(inputs)


@given(st.dictionaries(st.sampled_from([spec.name for spec in INPUTS]), st.text()))
def test_any_text_is_either_read_or_refused_in_one_line_each(values: dict[str, str]) -> None:
    try:
        read_inputs({f"INPUT_{name.upper()}": value for name, value in values.items()})
    except UsageError as error:
        first, *rest = error.message.splitlines()
        assert first == "The action's inputs are wrong:"
        assert len(rest) >= 1
        assert all(line.startswith("- `") and line.isprintable() for line in rest)


def test_the_sarif_file_is_a_path_in_the_workspace() -> None:
    assert given_inputs(sarif_file="./out//found.sarif").sarif_file == "out/found.sarif"
    environ = {"INPUT_SARIF-FILE": "/github/workspace/a.sarif", "GITHUB_WORKSPACE": "/github/workspace"}
    assert read_inputs(environ).sarif_file == "a.sarif"
    assert problems(sarif_file="../a.sarif") == [
        "- `sarif-file` is '../a.sarif', which leaves the repository"
    ]
    assert problems(sarif_file="/etc/a.sarif") == [
        "- `sarif-file` is '/etc/a.sarif'; give a path relative to the repository"
    ]
