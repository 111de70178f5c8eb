"""The Python API: what a program may give, what it gets, and what it can't get wrong unnoticed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipelayer import PipelayerError, Project
from pipelayer.api import Silence
from pipelayer.errors import Interrupted
from pipelayer.model import Action, Kind, OutcomeResult, PipelinePlan, Report, Result, Step, Verb
from pipelayer.sandbox import Sandbox
from support.gitrepo import Work, make_repo
from support.small_project import BUCKET, project, values

CONFIG = "version: 1\nproject: acme/nightly\ndefaults: {region: us-east-1}\ngroups: {dev: {}}\n"


@pytest.fixture
def work(tmp_path: Path) -> Work:
    work = make_repo(tmp_path / "work")
    work.commit({**project("alpha", "beta"), "pipelayer.yml": CONFIG})
    return work


def opened(work: Work, environ: dict[str, str] | None = None, **options: str) -> Project:
    return Project.open(work.path, environ={"PATH": "/usr/bin:/bin", **(environ or {})}, **options)  # type: ignore[arg-type]


def test_every_verb_gives_a_report(work: Work, sandbox: Sandbox) -> None:
    sandbox.create_bucket(BUCKET)
    with opened(work, sandbox.aws_environment(), group="dev") as own:
        assert {one.kind for one in own.plan().plan} == {Kind.CREATE}
        assert own.validate().result is Result.SUCCESS
        assert own.upload("alpha", dry_run=True).dry_run
        assert [one.result for one in own.deploy().outcomes] == [OutcomeResult.CREATED] * 2
        assert [one.result for one in own.activate(["beta"]).outcomes] == [OutcomeResult.UNCHANGED]
        assert own.upload(["a*"]).exit_code == 0


def test_adopting_writes_a_line_or_raises(work: Work, sandbox: Sandbox) -> None:
    made = sandbox.seed_pipeline("alpha")
    with opened(work, sandbox.aws_environment()) as own:
        planned = own.adopt(made, dry_run=True)
        assert (planned.live.name, planned.key.directory) == ("alpha", "alpha")
        assert work.git("status", "--porcelain") == ""
        done = own.adopt("alpha", to="beta")
        assert done.edit is not None
        assert (work.path / done.edit.path).read_bytes() == done.edit.after
        with pytest.raises(PipelayerError, match="has the id or the name"):
            own.adopt("gamma")


def test_a_name_may_stand_alone_and_groups_may_be_a_list(work: Work) -> None:
    with opened(work, group=" dev , ") as own:
        report = own.validate("beta", aws="never")
        assert [item.directory for item in report.selection.items] == ["beta"]
    with Project.open(work.path, group=["dev"], environ={"PATH": "/usr/bin:/bin"}) as own:
        assert own.validate(aws="never").exit_code == 0


def test_what_is_wrong_with_the_project_is_in_the_report(work: Work, tmp_path: Path) -> None:
    with opened(work) as own:
        report = own.deploy("gamma", aws="never")
        assert (report.verb, report.exit_code) == (Verb.DEPLOY, 2)
        assert own.validate("alpha", changed_since="main").exit_code == 2
    with Project.open(tmp_path / "nowhere") as nowhere:
        assert "There is no folder" in nowhere.plan().error


def test_an_option_that_there_is_not_never_ends_in_a_deploy(work: Work) -> None:
    with opened(work) as own:
        with pytest.raises(TypeError, match=r"'dryrun'\. Did you mean `dry_run`\?"):
            own.deploy(dryrun=True)  # type: ignore[call-arg]
        with pytest.raises(ValueError, match="sometimes"):
            own.deploy(aws="sometimes")
        with pytest.raises(ValueError, match="concurrency"):
            own.deploy(concurrency=0)
    with pytest.raises(ValueError, match="index"):
        opened(work, source="index")


class Asking(Silence):
    """A journal that asks, whenever a step begins, how the report would be if the run ended there."""

    def __init__(self) -> None:
        self.project: Project | None = None
        self.told: list[Report] = []

    def begins(self, plan: PipelinePlan, step: Step) -> None:
        assert self.project
        report = self.project.cut_short(Interrupted("There is no time left."))
        assert report
        self.told.append(report)


def test_a_program_that_cannot_wait_has_a_report(work: Work, sandbox: Sandbox) -> None:
    sandbox.create_bucket(BUCKET)
    journal = Asking()
    environ = {"PATH": "/usr/bin:/bin", **sandbox.aws_environment()}
    with Project.open(work.path, group="dev", environ=environ, journal=journal) as own:
        journal.project = own
        assert own.cut_short(Interrupted("")) is None
        own.deploy("alpha")
        under_way = [report.outcomes[0].step_under_way for report in journal.told]
        assert under_way == [Action.UPLOAD, Action.CREATE, Action.PUT, Action.ACTIVATE]
        assert {report.exit_code for report in journal.told} == {130}
        assert {report.error for report in journal.told} == {"There is no time left."}


def test_files_are_read_as_the_last_run_saw_them(work: Work) -> None:
    with opened(work) as own:
        assert own.read("alpha/run") is None
        own.validate(aws="never")
        assert own.read("alpha/run") == (work.path / "alpha/run").read_bytes()
        assert own.read("nothing") is None


def test_the_package_is_light_and_typed() -> None:
    """Importing it must cost nothing; a type checker must see what it holds."""
    heavy = "{'boto3', 'botocore', 'github', 'rich', 'click', 'yaml'}"
    code = f"import sys, pipelayer, pipelayer.api; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
    import pipelayer

    assert (Path(pipelayer.__file__).parent / "py.typed").exists()
    assert {name: getattr(pipelayer, name).__name__ for name in pipelayer.__all__} == {
        name: name for name in pipelayer.__all__
    }
    with pytest.raises(AttributeError, match="has no attribute 'Projekt'"):
        pipelayer.Projekt  # noqa: B018


def test_what_is_left_alone_is_released_by_options_of_the_same_names(work: Work, sandbox: Sandbox) -> None:
    sandbox.create_bucket(BUCKET)
    with opened(work, sandbox.aws_environment(), group="dev") as own:
        assert own.deploy().exit_code == 0
        live = next(one for one in sandbox.pipelines() if one.name == "alpha")
        sandbox.pause(live.id)
        work.commit({"alpha/values.json": values("alpha", myWord="bye")})
        assert own.deploy("alpha").outcomes[0].result is OutcomeResult.HELD
        assert own.deploy("alpha", respect_paused=False).outcomes[0].result is OutcomeResult.EDITED
        work.commit({"alpha/values.json": values("alpha", mySchedulePeriod="2 days")})
        steps = own.plan("alpha", cancel_running=True).plan[0].steps
        assert Action.CANCEL in [step.action for step in steps]
        work.commit({"pipelayer.yml": CONFIG.replace("us-east-1", "us-east-1, max-pipelines: 3")})
        assert "delete-first" in own.deploy("alpha").error_hint
        assert own.deploy("alpha", replace="delete-first").outcomes[0].result is OutcomeResult.REPLACED
        with pytest.raises(ValueError, match="last"):
            own.deploy(replace="last")
