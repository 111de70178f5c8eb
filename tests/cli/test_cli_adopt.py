"""`adopt` from the refusal of a twin to a deploy that has nothing left to do, and everything in between."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

import pytest

from cli.conftest import Shell
from pipelayer.sandbox import Sandbox
from pipelayer.sandbox.state import State
from support.gitrepo import Link, Work
from support.small_project import BUCKET, everything_in, template, values, writes

TWO = "version: 1\nproject: acme/nightly\ndefaults: {region: us-east-1}\ngroups: {dev: {}, prod: {}}\n"


def by_hand(sandbox: Sandbox, name: str = "alpha") -> str:
    """Somebody put the definition of `alpha` into AWS without Pipelayer, and it runs; its id."""
    written = json.loads(template())
    return sandbox.seed_pipeline(
        name,
        objects=[
            {"id": one.pop("id"), "name": one.pop("name"), "fields": [field(*item) for item in one.items()]}
            for one in written["objects"]
        ],
        parameters=[
            {"id": "myS3InputDir", "attributes": [{"key": "type", "stringValue": "AWS::S3::ObjectKey"}]},
            {
                "id": "mySchedulePeriod",
                "attributes": [
                    {"key": "type", "stringValue": "String"},
                    {"key": "default", "stringValue": "1 day"},
                ],
            },
            {
                "id": "myWord",
                "attributes": [
                    {"key": "type", "stringValue": "String"},
                    {"key": "default", "stringValue": "hello"},
                ],
            },
        ],
        values=[{"id": "myS3InputDir", "stringValue": f"s3://{BUCKET}/code/alpha"}],
        activate=True,
    )


def field(key: str, value: str | Mapping[str, str]) -> dict[str, str]:
    if isinstance(value, str):
        return {"key": key, "stringValue": value}
    return {"key": key, "refValue": value["ref"]}


def test_from_a_twin_to_nothing_left_to_do(shell: Shell, sandbox: Sandbox, work: Work) -> None:
    made = by_hand(sandbox)
    runs = list(sandbox.pipeline(made).runs)
    assert runs, "it has a history to lose"
    refused = shell("deploy")
    assert refused.returncode == 1
    assert "would make a twin" in refused.stdout

    before, calls = everything_in(sandbox), len(writes(sandbox))
    adopted = shell("adopt", "alpha")
    assert (adopted.returncode, adopted.stderr) == (0, "")
    first, second, last = adopted.stdout.splitlines()
    assert first == f'alpha/values.json:2: wrote "adopt": "{made}"'
    assert second.startswith(f"With the next deploy, alpha takes over {made} (alpha, SCHEDULED, created 20")
    assert last == "What a deploy would do: pipelayer plan alpha"
    assert everything_in(sandbox) == before
    assert len(writes(sandbox)) == calls
    changed = [
        line
        for line in work.git("diff", "-U0").splitlines()
        if line[0] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert changed == [f'+  "metadata": {{"adopt": "{made}"}},']

    again = shell("adopt", made)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.startswith(f"alpha/values.json:2 says already that alpha takes over {made}:")

    (planned,) = json.loads(shell(*last.split()[6:], "--json").stdout)["plan"]
    assert planned["kind"] == "adopt"
    deployed = shell("deploy")
    assert deployed.returncode == 0, deployed.stdout
    live = sandbox.pipeline(made)
    assert live.state == State.SCHEDULED
    assert live.runs[: len(runs)] == runs
    assert [one.id for one in sandbox.pipelines() if one.name == "alpha"] == [made]

    plan = json.loads(shell("plan", "--json").stdout)["plan"]
    assert [(one["kind"], one["steps"]) for one in plan] == [("unchanged", [])] * 2
    work.write({"alpha/values.json": values("alpha")})
    assert "Nothing to do" in shell("deploy").stdout, "the line can go"
    own = shell("adopt", "alpha")
    assert (own.returncode, own.stderr) == (0, "")
    assert own.stdout.startswith(f"alpha is {made} (alpha) already: there is nothing to adopt.")
    assert work.git("diff") == ""


def test_each_group_gets_its_own_line(shell: Shell, sandbox: Sandbox, work: Work) -> None:
    work.commit({"pipelayer.yml": TWO})
    made = sandbox.seed_pipeline("legacy")
    elsewhere = Shell(work.path.parent, shell.environ)
    ran = elsewhere("-C", "work", "adopt", made, "--to", "alpha", "-g", "prod")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[0] == f'alpha/values.prod.json:1: wrote "adopt": "{made}"'
    assert "note: `git add alpha/values.prod.json`" in ran.stdout
    assert ran.stdout.splitlines()[-1].endswith(": pipelayer -C work plan alpha --group prod")
    written = (work.path / "alpha/values.prod.json").read_text()
    assert written == f'{{"metadata": {{"adopt": "{made}"}}}}\n'
    assert work.git("status", "--porcelain").strip() == "?? alpha/values.prod.json"

    twice = elsewhere("-C", "work", "adopt", made, "--to", "alpha", "-g", "prod")
    assert (twice.returncode, twice.stdout) == (2, "")
    assert "alpha/values.prod.json` is there, and git doesn't track it" in twice.stderr
    work.git("add", ".")
    assert shell("adopt", made, "--to", "alpha", "-g", "prod").stdout.startswith(
        "alpha/values.prod.json:1 says"
    )
    rival = shell("adopt", made, "--to", "beta", "-g", "dev")
    assert rival.returncode == 2
    assert rival.stderr.startswith(
        "Error: alpha/values.prod.json:1:24: `acme/nightly:prod/alpha` takes over "
    )


def test_a_dry_run_writes_nothing(shell: Shell, sandbox: Sandbox, work: Work) -> None:
    made = sandbox.seed_pipeline("The second one")
    ran = shell("adopt", "The second one", "--dry-run")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f'beta/values.json:5: would write "adopt": "{made}"')
    assert work.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        (["ahlpa"], "No pipeline of this account and region has the id or the name `ahlpa`.", "`alpha`?"),
        (["twice", "--to", "alpha"], "2 pipelines are named `twice`: df-", "Give the id of one."),
        (["pipelayer-validation-stub"], "can't be taken over", "aws datapipeline list-pipelines"),
        (["other"], "No directory is called `other`.", "on the command line with `--to`: `alpha`"),
        (["other", "--to", "alhpa"], "No pipeline lies in `alhpa`.", "Did you mean `alpha`?"),
        (["other", "--to", "../work/alpha"], "No pipeline lies in `../work/alpha`.", "directory with values"),
        (["other", "--to", "linked"], "No pipeline lies in `linked`.", "directory with values.json"),
        (["alpha", "-g", "prod"], "There is no group `prod`", "`default`"),
        (["alpha", "-C", "nowhere"], "There is no folder `nowhere`.", ""),
        (["alpha", "--config", "nope.yml"], "The configuration `nope.yml` doesn't exist.", ""),
        (["alpha\x1b]0;x\x07", "--to", "alpha"], "has the id or the name", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_a_line_and_a_hint(
    shell: Shell, sandbox: Sandbox, work: Work, arguments: list[str], error: str, hint: str
) -> None:
    sandbox.seed_pipeline("pipelayer-validation-stub", tags={"pipelayer:stub": "1"})
    for name in ("alpha", "twice", "twice", "other"):
        sandbox.seed_pipeline(name)
    work.commit({"linked": Link("alpha")})
    ran = shell("adopt", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    first, *rest = ran.stderr.splitlines()
    assert first.startswith("Error: ")
    assert error in first
    assert [line[:6] for line in rest] == ["Hint: "]
    assert hint in rest[0]
    assert "\x1b" not in ran.stderr
    assert work.git("status", "--porcelain") == ""


@pytest.mark.parametrize("arguments", [["alpha"], ["alpha", "--to", "alpha", "--dry-run"]])
def test_without_credentials_it_ends_with_2(offline: Shell, work: Work, arguments: list[str]) -> None:
    ran = offline("adopt", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("Error: There are no AWS credentials.")
    assert work.git("status", "--porcelain") == ""


def test_a_name_is_needed(offline: Shell) -> None:
    ran = offline("adopt")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("Error: Missing argument 'NAME|ID'.")


def test_broken_values_are_pointed_at_and_left_alone(shell: Shell, sandbox: Sandbox, work: Work) -> None:
    sandbox.seed_pipeline("alpha")
    work.commit({"alpha/values.json": '{\n  "values": nul\n}\n'})
    ran = shell("adopt", "alpha")
    assert ran.returncode == 2
    assert ran.stderr.startswith("Error: alpha/values.json:2:13: ")
    assert work.git("status", "--porcelain") == ""


def test_what_a_sparse_checkout_left_out_is_not_written(shell: Shell, sandbox: Sandbox, work: Work) -> None:
    sandbox.seed_pipeline("alpha")
    work.git("sparse-checkout", "set", "--no-cone", "/*", "!/alpha/")
    ran = shell("adopt", "alpha")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("Error: 'alpha/values.json' can't be written: it isn't on disk.")
    assert not (work.path / "alpha").exists()


def test_a_file_that_may_not_be_written_is_left_alone(shell: Shell, sandbox: Sandbox, work: Work) -> None:
    sandbox.seed_pipeline("alpha")
    path = work.path / "alpha/values.json"
    path.chmod(0o444)
    ran = shell("adopt", "alpha")
    if os.geteuid() == 0:  # whom no mode stops
        assert ran.returncode == 0
        assert path.stat().st_mode & 0o777 == 0o444
        return
    assert ran.returncode == 1
    assert "permission denied" in ran.stderr
    assert work.git("status", "--porcelain") == ""


def test_names_from_aws_stay_on_their_line(shell: Shell, sandbox: Sandbox) -> None:
    sandbox.seed_pipeline("bad\u202e\nname")
    ran = shell("adopt", "bad\u202e\nname", "--to", "alpha")
    assert ran.returncode == 0
    assert r"bad\u202e\nname" in ran.stdout
    assert len(ran.stdout.splitlines()) == 3


def test_a_terminal_that_knows_no_unicode_gets_it_escaped(shell: Shell, sandbox: Sandbox) -> None:
    sandbox.seed_pipeline("Aufträge")
    ran = shell("adopt", "Aufträge", "--to", "alpha", environ={"PYTHONIOENCODING": "ascii"})
    assert (ran.returncode, ran.stderr) == (0, "")
    assert r"Auftr\xe4ge" in ran.stdout


def test_the_directory_and_the_group_are_completed(offline: Shell, work: Work) -> None:
    work.write({"pipelayer.yml": TWO})
    assert offline.complete("ad") == ["adopt"]
    assert offline.complete("adopt", "x", "--to", "") == ["alpha", "beta"]
    assert offline.complete("adopt", "x", "-g", "p") == ["prod"]
