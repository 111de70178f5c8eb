"""Each mistake ends in one clear message at its place, with a hint and the right exit code, and AWS is as it
was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import pytest

from pipelayer.sandbox import Sandbox
from pipelayer.sandbox.faults import Fault
from pipelayer.sandbox.settings import Settings
from support.gitrepo import Content, Link
from support.job import Job
from support.jobs import ACCOUNT, REGION, Story
from support.small_project import BUCKET, TEMPLATE, everything_in, pipeline, project, template, values

GROUPS = "version: 1\ngroups:\n  dev: {}\n  prod: {}\n"


@dataclass(frozen=True)
class Deployed:
    """A repository whose two pipelines are live, and the commit that they came from."""

    story: Story
    good: str

    def push(self, files: Mapping[str, Content], **inputs: str) -> Job:
        """Pushes one commit on top of the good one."""
        work = self.story.work
        work.git("reset", "--quiet", "--hard", self.good)
        bad = work.commit(files)
        work.push("main")
        return self.story.pushed(bad, self.good, **{"group": "", "comment": "never"} | inputs)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Nothing that is done here succeeds, so all tests can share it."""
    with Story.begin(tmp_path_factory.mktemp("bad"), nightly=False) as story:
        good = story.work.commit(project())
        job = story.push(good, group="", comment="never")
        assert job.code == 0, job.stdout
        yield Deployed(story, good)


@pytest.fixture
def deployed(live: Deployed) -> Iterator[Deployed]:
    yield live
    live.story.environ = {}
    live.story.sandbox.clear_faults()
    for one in live.story.sandbox.pipelines():
        if one.name == "gamma":
            live.story.sandbox.delete(one.id)
    live.story.sandbox.aws.permissions.clear()
    live.story.sandbox.settings = Settings(account=ACCOUNT)


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and all that should be said of it. `at` is `path:line`, `stage` what is wrong with
    AWS.
    """

    files: Mapping[str, Content]
    says: str
    hint: str
    at: str = ""
    code: int = 1
    inputs: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    stage: Callable[[Sandbox], object] = lambda sandbox: None
    elsewhere: tuple[str, ...] = ()  # further places, where one mistake is in the way of several pipelines


def expired(sandbox: Sandbox) -> None:
    words = "The security token included in the request is expired"
    sandbox.fault(Fault(service="*", code="ExpiredTokenException", message=words, status=400, times=0))


def read_only_bucket(sandbox: Sandbox) -> None:
    sandbox.allow_only("AKIASANDBOX", ["datapipeline:*", "iam:PassRole", "s3:ListBucket", "s3:GetObject"])


def small_account(sandbox: Sandbox) -> None:
    sandbox.settings = replace(sandbox.settings, max_pipelines=3)


MORE = pipeline("alpha") | {"alpha/tasks/main.sh": "echo changed\n"}
"""A change that has to be uploaded."""

MISTAKES = {
    "a half-written file": Mistake(
        {"alpha/values.json": '{\n  "values": {"myS3InputDir": "s3://acme-dev-pipelines/co'},
        "The file ends inside this string.",
        'Close it with `"`',
        "alpha/values.json:2",
    ),
    "a comma too many": Mistake(
        {"alpha/values.json": values("alpha").replace('alpha"\n', 'alpha",\n')},
        "comma",
        "Remove",
        "alpha/values.json:3",
    ),
    "a file of another kind": Mistake(
        {"alpha/values.json": "not JSON at all\n"}, "There should be a value here", "", "alpha/values.json:1"
    ),
    "bytes that are no text": Mistake(
        {"alpha/values.json": b'{"values": {"a": "\xff\xfe"}}'}, "UTF-8", "", "alpha/values.json:1"
    ),
    "a key twice": Mistake(
        {"alpha/values.json": values("alpha", a="1").replace('"a"', '"myS3InputDir"')},
        "The key `myS3InputDir` comes twice",
        "Remove one",
        "alpha/values.json:4",
    ),
    "values that are a list": Mistake(
        {"alpha/values.json": '{\n  "values": ["a"]\n}\n'},
        "`values` is a table, not a list",
        "Write a table here",
        "alpha/values.json:2",
    ),
    "objects that are a table": Mistake(
        {TEMPLATE: '{\n  "objects": {"id": "Default"}\n}\n'}, "`objects` is a list", "", f"{TEMPLATE}:2"
    ),
    "a half-written template": Mistake(
        {TEMPLATE: template()[:200]}, "The file ends where", "half-written?", f"{TEMPLATE}:11"
    ),
    "no template": Mistake(
        {TEMPLATE: None},
        "The template `pipeline_definition.json` doesn't exist.",
        "set `template` in pipelayer.yml",
        "alpha/values.json:1",
        elsewhere=("beta/values.json:1",),
    ),
    "files and no place for them": Mistake(
        {"alpha/values.json": '{"values": {}}\n'},
        "The directory has 2 files to upload, but there is no `myS3InputDir`.",
        's3://bucket/folder"',
        "alpha/values.json:1",
    ),
    "a place that is no place": Mistake(
        {"alpha/values.json": values("alpha").replace("s3://", "s3:/")},
        "`myS3InputDir` can't be `s3:/acme-dev-pipelines/code/alpha`.",
        "Write s3://bucket/folder.",
        "alpha/values.json:3",
    ),
    "a misspelt period": Mistake(
        {"alpha/values.json": values("alpha", mySchedulePeriod="1 mnth")},
        "`Daily.period` is `1 mnth`, which is no period.",
        "Did you mean `1 month`?",
        "alpha/values.json:4",
    ),
    "one name for two": Mistake(
        {"beta/values.json": '{"metadata": {"name": "alpha"},\n' + values("beta")[1:]},
        "Two pipelines of the group `default` are named `alpha`",
        "Give one another `metadata.name`.",
        "beta/values.json:1",
    ),
    "one place for two": Mistake(
        {"beta/values.json": values("alpha")},
        "is the same as that of",
        "Give each pipeline its own folder",
        "beta/values.json:3",
    ),
    "a place in another's": Mistake(
        {"beta/values.json": values("alpha/tasks")},
        "is inside that of",
        "Give each pipeline its own folder",
        "beta/values.json:3",
    ),
    "a command without its script": Mistake(
        {"alpha/run": None},
        "The command of `Job` calls `run`, which the directory doesn't have.",
        "Add an executable `run`",
        f"{TEMPLATE}:44",
    ),
    "a reference to nothing": Mistake(
        {TEMPLATE: template(Job={"runsOn": {"ref": "Machin"}})},
        "`Job.runsOn` refers to `Machin`",
        "Did you mean `Machine`?",
        f"{TEMPLATE}:37",
    ),
    "values in a circle": Mistake(
        {"alpha/values.json": values("alpha", myA="#{myB}", myB="#{myA}")},
        "Values in a circle",
        "write one out",
        "alpha/values.json:4",
    ),
    "a link out of the directory": Mistake(
        {"alpha/tasks/passwords": Link("/etc/passwd")},
        "`alpha/tasks/passwords` is a symbolic link.",
        "links are refused",
        "alpha/tasks/passwords:1",
    ),
    "an unknown key in the configuration": Mistake(
        {"pipelayer.yml": "version: 1\ndefalts:\n  region: us-west-2\n"},
        "The configuration has no key `defalts`.",
        "Did you mean `defaults`?",
        "pipelayer.yml:2",
        2,
    ),
    "a half-written configuration": Mistake(
        {"pipelayer.yml": "version: 1\ngroups: [dev\n"}, "This is no YAML", "", "pipelayer.yml:3", 2
    ),
    "a configuration that isn't there": Mistake(
        {"README.md": "\n"},
        "The configuration `pipes.yml` doesn't exist.",
        "`config`",
        "",
        2,
        {"config": "pipes.yml"},
    ),
    "no pipeline at all": Mistake(
        {}, "There is no pipeline in the folder", "`working-directory`", "", 2, {"working-directory": "docs"}
    ),
    "an unknown group": Mistake(
        {"pipelayer.yml": GROUPS}, "There is no group `prd`", "Did you mean `prod`?", "", 2, {"group": "prd"}
    ),
    "groups and no choice": Mistake(
        {"pipelayer.yml": GROUPS},
        "The project has several groups (dev, prod), and none was chosen.",
        "Choose with `group`, on the command line with `--group`.",
        "",
        2,
    ),
    "an unknown pipeline": Mistake(
        MORE, "No pipeline is named `alpa`", "Did you mean `alpha`?", "", 2, {"pipelines": "alpa"}
    ),
    "no region": Mistake(
        MORE,
        "The group `default` has no region.",
        "AWS_REGION",
        "",
        2,
        environ={"AWS_REGION": "", "AWS_DEFAULT_REGION": ""},
    ),
    "no credentials": Mistake(
        MORE,
        "There are no AWS credentials.",
        "aws-actions/configure-aws-credentials",
        "",
        2,
        environ={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
    ),
    "expired credentials": Mistake(
        MORE, "The AWS credentials have expired", "Get fresh ones", "", 1, stage=expired
    ),
    "another account": Mistake(
        {"pipelayer.yml": 'version: 1\ngroups:\n  dev:\n    account: "222222222222"\n'},
        "belongs to account 222222222222, and these credentials to 111122223333.",
        "Use that account's role",
        "pipelayer.yml:3",
        2,
    ),
    "a bucket that isn't there": Mistake(
        {"alpha/values.json": values("alpha", "no-such-bucket")},
        "There is no bucket `no-such-bucket`.",
        "Create it, or correct `myS3InputDir`.",
    ),
    "the quota is reached": Mistake(
        pipeline("gamma") | {"pipelayer.yml": "version: 1\ndefaults:\n  max-pipelines: 3\n"},
        "The region holds 3 pipelines, and 1 more doesn't fit: `max-pipelines` is 3.",
        "Have the quota raised",
        "pipelayer.yml:3",
    ),
    "nobody answers for AWS": Mistake(
        MORE, "AWS can't be reached", "Check the network", environ={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    ),
    "everything is wrong with the inputs": Mistake(
        MORE, "The action's inputs are wrong", "under `with:`", "", 2, {"prune": "ture", "concurrency": "0"}
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_ends_in_one_message_and_aws_is_as_it_was(deployed: Deployed, mistake: Mistake) -> None:
    story = deployed.story
    mistake.stage(story.sandbox)
    story.environ = dict(mistake.environ)
    before = everything_in(story.sandbox)
    inputs = {name.replace("-", "_"): value for name, value in mistake.inputs.items()}
    job = deployed.push(mistake.files, **inputs)
    assert everything_in(story.sandbox) == before
    assert_told(job, mistake)
    assert job.outputs["uploaded"] == job.outputs["activated"] == "[]"
    assert job.outputs["result"] == "failure"


def assert_told(job: Job, mistake: Mistake) -> None:
    """One message, at its place or places, in the annotations, the log and the summary; never a traceback."""
    assert job.code == mistake.code, job.stdout
    assert job.stderr == ""
    assert "Traceback" not in job.stdout
    errors = job.annotations()
    assert [error.data for error in errors if mistake.says not in error.data] == []
    places = [f"{error.properties.get('file', '')}:{error.properties.get('line', '')}" for error in errors]
    assert sorted(places) == sorted([mistake.at or ":", *mistake.elsewhere]), job.stdout
    assert mistake.hint in errors[0].data
    assert job.annotations("warning") == []


def test_a_bucket_that_may_not_be_written_leaves_what_runs_and_a_second_try_goes_on(
    deployed: Deployed,
) -> None:
    story = deployed.story
    read_only_bucket(story.sandbox)
    before = at_work(story)
    job = deployed.push(MORE)
    assert_told(
        job, Mistake(MORE, "AWS refused PutObject for bucket `acme-dev-pipelines`", "Allow `s3:PutObject`")
    )
    assert "(AccessDenied). Allow" in job.annotations()[0].data
    assert "Retry: pipelayer deploy alpha --group default" in job.annotations()[0].data
    assert job.keys("failed") == ["alpha"]
    assert at_work(story) == before

    story.sandbox.aws.permissions.clear()
    again = story.pushed(story.work.head(), deployed.good, group="", comment="never", dry_run="true")
    assert "upload: 1 file" in again.stdout
    settled = deployed.push({"README.md": "The change is taken back; the next run settles what it left.\n"})
    assert (settled.code, settled.outputs["changed"]) == (0, '["acme/nightly:default/alpha"]'), settled.stdout


def at_work(story: Story) -> object:
    """What runs and what it reads. That an upload was begun is noted on it until the next deploy."""
    pipelines = [(one.id, one.state, one.active, one.latest) for one in story.sandbox.pipelines()]
    return pipelines, story.sandbox.objects(BUCKET)


def test_aws_knows_of_less_room_than_was_configured(deployed: Deployed) -> None:
    small_account(deployed.story.sandbox)
    before = [(one.id, one.state, one.tags) for one in deployed.story.sandbox.pipelines(deleted=True)]
    job = deployed.push(pipeline("gamma"))
    assert_told(job, Mistake({}, "Exceeded maximum number of pipelines", "Raise the quota"))
    assert [(p.id, p.state, p.tags) for p in deployed.story.sandbox.pipelines(deleted=True)] == before


def test_aws_does_not_accept_what_looked_right(deployed: Deployed) -> None:
    story = deployed.story
    story.sandbox.settings = replace(story.sandbox.settings, role_errors=1000)
    before = everything_in(story.sandbox)
    job = deployed.push({TEMPLATE: template(Machine={"terminateAfter": "2 hours"})}, command="validate")
    assert everything_in(story.sandbox) == before
    assert job.code == 1
    assert job.stderr == ""
    (error,) = job.annotations()
    assert "role" in error.data
    assert error.properties["file"] == TEMPLATE


def test_a_pull_request_hears_what_a_deploy_would_refuse(deployed: Deployed) -> None:
    story = deployed.story
    story.sandbox.seed_pipeline("gamma", region=REGION)
    before = everything_in(story.sandbox)
    files = pipeline("gamma") | {"alpha/values.json": values("alpha", "no-such-bucket")}
    job = deployed.push(files, command="validate")
    assert job.code == 1
    assert job.outputs["result"] == "failure"
    assert job.keys("failed") == ["alpha", "gamma"]
    no_bucket, twin = [error.data for error in job.annotations()]
    assert no_bucket == "There is no bucket `no-such-bucket`. Create it, or correct `myS3InputDir`."
    assert "would make a twin" in twin
    assert '"adopt"' in twin
    assert everything_in(story.sandbox) == before


@pytest.mark.parametrize("period", ["1 month", "1 Day"])
def test_periods_as_people_write_them_are_right(deployed: Deployed, period: str) -> None:
    files = {"alpha/values.json": values("alpha", mySchedulePeriod=period)}
    job = deployed.push(files, command="validate")
    assert job.code == 0, job.stdout
    assert job.annotations() == []


def test_the_report_of_a_failure_is_the_published_one(deployed: Deployed) -> None:
    import jsonschema

    from support.jobs import ROOT

    job = deployed.push(MISTAKES["an unknown key in the configuration"].files)
    schema = json.loads((ROOT / "pipelayer" / "schemas" / "report.json").read_text(encoding="utf-8"))
    jsonschema.validate(job.report(), schema)
    assert "defalts" in job.summary
