"""What a report says its plans mean: beside what is live, or beside the base where AWS isn't asked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from pipelayer.model import (
    Against,
    FieldChange,
    FileChange,
    Key,
    Kind,
    Mark,
    Preview,
    Report,
    Runs,
    Subject,
    Verb,
)
from pipelayer.model.report_json import dumps
from pipelayer.render.links import Links
from pipelayer.render.markdown import step_summary
from pipelayer.render.terminal import terminal_report
from pipelayer.run.previewing import previews
from pipelayer.run.request import AskAws
from support.scene import Scene, project, template, values, with_files

NEXT = datetime(2026, 3, 11, 2, tzinfo=UTC)
DAILY = Runs(tuple(NEXT + timedelta(days=n) for n in range(5)))


def preview_of(report: Report, directory: str = "a") -> Preview:
    found = next(plan.preview for plan in report.plan if plan.key.directory == directory)
    assert found is not None
    return found


def kind_of(report: Report) -> Kind:
    return report.plan[0].kind


def deployed(scene: Scene) -> str:
    first = scene.commit({**project(), **with_files("a", {"one.sh": "1", "two.sh": "22"}, myWord="hello")})
    assert scene.run().exit_code == 0
    return first


def test_an_edit_is_told_beside_what_is_live(scene: Scene) -> None:
    deployed(scene)
    scene.commit(with_files("a", {"one.sh": "1", "two.sh": "23", "three.sh": "333"}, myWord="bye"))
    report = scene.run(Verb.VALIDATE)
    preview = preview_of(report)
    assert kind_of(report) is Kind.EDIT
    assert preview.against is Against.LIVE
    assert set(preview.changes) == {
        FieldChange("Job.command", "echo hello", "echo bye", name="Job"),
        FieldChange("values.myWord", "hello", "bye", "", ("Job.command",), Subject.VALUE, "myWord"),
    }
    assert preview.files == (
        FileChange("tasks/three.sh", None, 3),
        FileChange("tasks/two.sh", 2, 2),
    )
    assert (preview.runs_before, preview.runs_after) == (DAILY, DAILY)
    assert [(one.before, one.after) for one in preview.resources] == [
        ("1 × the default type, ends after 1 hour",) * 2
    ]
    assert preview.graph is not None
    assert {node.id: node.mark for node in preview.graph.nodes} == {
        "When": Mark.NONE,
        "Machine": Mark.NONE,
        "Job": Mark.CHANGED,
    }


def test_what_is_gone_from_the_files_is_told_with_the_size_that_it_had(scene: Scene) -> None:
    deployed(scene)
    scene.commit({"a/tasks/two.sh": None})
    preview = preview_of(scene.run(Verb.PLAN))
    assert preview.files == (FileChange("tasks/two.sh", 2, None),)
    assert preview.changes == ()


def test_what_stays_as_it_is_has_its_next_runs_and_no_picture(scene: Scene) -> None:
    deployed(scene)
    report = scene.run(Verb.PLAN)
    assert kind_of(report) is Kind.UNCHANGED
    assert preview_of(report) == Preview(Against.LIVE, runs_before=DAILY, runs_after=DAILY)


def test_a_new_one_is_compared_with_nothing(scene: Scene) -> None:
    scene.commit({**project(), **with_files("a", {"one.sh": "1"})})
    preview = preview_of(scene.run(Verb.PLAN))
    assert (preview.against, preview.changes) == (Against.NOTHING, ())
    assert preview.files == (FileChange("run", None, 10), FileChange("tasks/one.sh", None, 1))
    assert (preview.runs_before, preview.runs_after) == (Runs(), DAILY)
    assert preview.graph is not None
    assert {node.mark for node in preview.graph.nodes} == {Mark.NONE}


def test_a_paused_one_runs_no_more_after_the_plan_than_before(scene: Scene) -> None:
    deployed(scene)
    scene.sandbox.pause(scene.live("a").id)
    scene.commit({"a/values.json": values(myS3InputDir="s3://data/in/a", myWord="bye")})
    paused = Runs(note="none, it is paused")
    report = scene.run(Verb.PLAN)
    assert kind_of(report) is Kind.HELD
    assert (preview_of(report).runs_before, preview_of(report).runs_after) == (paused, paused)
    released = preview_of(scene.run(Verb.PLAN, respect_paused=False))
    assert (released.runs_before, released.runs_after) == (paused, DAILY)


def test_another_period_is_told_by_its_runs(scene: Scene) -> None:
    deployed(scene)
    scene.commit({"pipeline_definition.json": template(period="12 hours")})
    report = scene.run(Verb.PLAN)
    preview = preview_of(report)
    assert kind_of(report) is Kind.REPLACE
    assert preview.runs_before == DAILY
    assert preview.runs_after.times[:2] == (datetime(2026, 3, 10, 14, tzinfo=UTC), NEXT)
    assert "a schedule's period can't change" in [change.rule for change in preview.changes]


def test_a_schedule_from_the_first_activation_goes_on_from_it(scene: Scene) -> None:
    scene.commit(project("a", definition=template(start=None)))
    new = preview_of(scene.run(Verb.PLAN))
    assert new.runs_after == Runs(note="at its activation, then every 1 day")
    assert scene.run().exit_code == 0
    scene.sandbox.advance(timedelta(hours=5))
    scene.commit({"a/values.json": values(myWord="bye")})
    preview = preview_of(scene.run(Verb.PLAN))
    noon = datetime(2026, 3, 11, 12, tzinfo=UTC)
    assert [abs(time - noon) < timedelta(minutes=5) for time in preview.runs_after.times[:1]] == [True]
    assert preview.runs_after == preview.runs_before


def test_on_demand_is_said_instead_of_a_time(scene: Scene) -> None:
    scene.commit(project("a", definition=template("ondemand")))
    assert preview_of(scene.run(Verb.PLAN)).runs_after == Runs(note="on demand")


def test_without_aws_the_base_tells_what_changes(scene: Scene) -> None:
    first = deployed(scene)
    scene.commit({**with_files("a", {"one.sh": "1", "two.sh": None, "three.sh": "333"}, myWord="bye")})
    report = scene.run(Verb.VALIDATE, since=first, aws=AskAws.NEVER)
    preview = preview_of(report)
    assert kind_of(report) is Kind.UNKNOWN
    assert preview.against is Against.BASE
    assert [change.place for change in preview.changes] == ["Job.command", "values.myWord"]
    assert preview.files == (FileChange("tasks/three.sh", None, 3), FileChange("tasks/two.sh", 2, None))
    assert (preview.runs_before, preview.runs_after) == (DAILY, DAILY)


def test_a_new_one_without_aws(scene: Scene) -> None:
    first = deployed(scene)
    scene.commit({"b/values.json": values()})
    preview = preview_of(scene.run(Verb.VALIDATE, since=first, aws=AskAws.NEVER), "b")
    assert (preview.against, preview.changes, preview.runs_after) == (Against.NOTHING, (), DAILY)


@pytest.mark.parametrize("asked", [AskAws.AUTO, AskAws.NEVER])
def test_a_changed_secret_shows_at_most_that_it_changed(scene: Scene, asked: AskAws) -> None:
    scene.environ = {"PASSWORD": "correct horse"}
    definition = template(secret=True)
    open_secret = {"values": {"*myPassword": "hunter2"}}
    first = scene.commit({**project(definition=definition), "a/values.json": json.dumps(open_secret)})
    assert scene.run().exit_code == 0
    secret = {"values": {"*myPassword": "hunter3", "myWord": "bye"}}
    scene.commit({"a/values.json": json.dumps(secret)})
    report = scene.run(Verb.VALIDATE, since=first, aws=asked)
    shown = repr(preview_of(report))
    assert "values.myWord" in shown
    assert "hunter" not in shown
    assert "correct horse" not in shown


def test_files_that_nobody_may_list_are_not_made_up(scene: Scene) -> None:
    deployed(scene)
    scene.sandbox.allow_only("AKIASANDBOX", ["datapipeline:*", "iam:PassRole"])
    scene.commit({"a/tasks/two.sh": "23"})
    preview = preview_of(scene.run(Verb.VALIDATE))
    assert (preview.files, preview.files_compared) == ((), False)


def test_a_preview_that_fails_is_a_remark_and_keeps_no_other_one_back() -> None:
    """A mistake of ours in what is only told is none of the plan's."""

    def broken() -> Preview:
        raise RuntimeError("surprise")

    one, other = Key("p", "dev", "one"), Key("p", "dev", "other")
    made, remarks = previews({one: broken, other: Preview})
    assert made == {other: Preview()}
    assert len(remarks) == 1
    assert remarks[0].startswith("What changes in one can't be shown, by a mistake of Pipelayer's own")
    assert "surprise" not in remarks[0]


def in_every_form(report: Report) -> str:
    links = Links("", "", "", "", NEXT)
    return (
        step_summary(report, context=links)
        + terminal_report(report, sources=lambda path: None)
        + dumps(report)
    )


def test_a_secret_that_stood_in_a_command_is_not_shown_as_what_was_before(scene: Scene) -> None:
    scene.commit(project("a", definition=template(command="connect 'open-sesame'")))
    assert scene.run().exit_code == 0
    written = {"values": {"*myPassword": "open-sesame"}}
    changed = {"pipeline_definition.json": template(secret=True), "a/values.json": json.dumps(written)}
    scene.commit(changed)
    report = scene.run(Verb.PLAN)
    assert "Job.command" in in_every_form(report)
    assert "open-sesame" not in in_every_form(report)


def test_aws_quotes_no_secret_of_a_pipeline_that_is_invalid_otherwise(scene: Scene) -> None:
    definition = json.loads(template(secret=True))
    definition["objects"][1]["maximumRetries"] = "#{*myPassword}"
    written = {"values": {"*myPassword": "open-sesame", "myWord": {"wrong": 1}}}
    files = {**project(definition=json.dumps(definition)), "a/values.json": json.dumps(written)}
    scene.commit(files)
    assert "open-sesame" not in in_every_form(scene.run(Verb.VALIDATE))


@pytest.mark.parametrize(
    "definition",
    [
        template(),
        template("timeseries"),
        template(start=None),
        template(period="1 month", start="2026-01-31T02:00:00"),
        template(occurrences=200),
        template(end="2026-03-13T00:00:00"),
    ],
    ids=["cron", "timeseries", "first activation", "the 31st", "occurrences", "an end"],
)
def test_an_edit_that_touches_no_schedule_changes_no_run(scene: Scene, definition: str) -> None:
    scene.commit(project("a", definition=definition))
    assert scene.run().exit_code == 0
    scene.sandbox.advance(timedelta(hours=30))
    scene.commit({"a/values.json": values(myWord="bye")})
    report = scene.run(Verb.PLAN)
    preview = preview_of(report)
    assert kind_of(report) is Kind.EDIT
    assert preview.runs_after == preview.runs_before
    assert scene.run().exit_code == 0
    scene.sandbox.advance(timedelta(days=40))
    ran = [run.started for run in scene.live("a").runs if run.started > report_time(preview)]
    assert ran
    assert ran[:5] == list(preview.runs_after.times[: len(ran)])


def report_time(preview: Preview) -> datetime:
    """A moment before the first run that was foretold."""
    return preview.runs_after.times[0] - timedelta(seconds=1)


def test_a_change_of_the_end_at_which_it_runs_leaves_out_the_interval_under_way(scene: Scene) -> None:
    scene.commit(project("a"))
    assert scene.run().exit_code == 0
    scene.sandbox.advance(timedelta(hours=20))  # 2026-03-11 08:00: the slot of 02:00 has run
    scene.commit({"pipeline_definition.json": template("timeseries")})
    preview = preview_of(scene.run(Verb.PLAN))
    assert preview.runs_before.times[0] == datetime(2026, 3, 12, 2, tzinfo=UTC)
    assert preview.runs_after.times[0] == datetime(2026, 3, 13, 2, tzinfo=UTC)
    assert scene.run().exit_code == 0
    scene.sandbox.advance(timedelta(days=4))
    late = [run.started for run in scene.live("a").runs if run.started > datetime(2026, 3, 11, 9, tzinfo=UTC)]
    assert late[:2] == list(preview.runs_after.times[:2])


def test_that_a_secret_comes_from_elsewhere_is_shown_and_no_more(scene: Scene) -> None:
    scene.environ = {"OLD": "correct horse", "NEW": "battery staple"}

    def with_secret(name: str) -> str:
        return json.dumps({"values": {"*myPassword": {"env": name}}})

    first = scene.commit({**project(definition=template(secret=True)), "a/values.json": with_secret("OLD")})
    assert scene.run().exit_code == 0
    scene.commit({"a/values.json": with_secret("NEW")})
    report = scene.run(Verb.VALIDATE, since=first)
    (change,) = preview_of(report).changes
    assert (change.place, change.before, change.after) == (
        "values.*myPassword",
        "(secret)",
        "(another secret)",
    )
    assert "secrets were not compared" in report.plan[0].reason
    assert not any(secret in in_every_form(report) for secret in scene.environ.values())


def test_the_base_that_can_not_be_read_is_told_from_what_is_new(scene: Scene) -> None:
    first = scene.commit({**project("a"), "a/values.json": "{", "a/tasks/x": "1"})
    scene.commit({"a/values.json": values(myS3InputDir="s3://data/in/a")})
    preview = preview_of(scene.run(Verb.VALIDATE, since=first, aws=AskAws.NEVER))
    assert (preview.against, preview.files, preview.files_compared) == (Against.UNREADABLE, (), False)


def test_a_secret_in_the_files_hides_what_stood_in_the_base(scene: Scene) -> None:
    first = scene.commit(project("a", definition=template(command="connect 'open-sesame'")))
    written = {"values": {"*myPassword": "open-sesame"}}
    scene.commit({"pipeline_definition.json": template(secret=True), "a/values.json": json.dumps(written)})
    report = scene.run(Verb.VALIDATE, since=first, aws=AskAws.NEVER)
    assert "Job.command" in in_every_form(report)
    assert "open-sesame" not in in_every_form(report)
