"""Settings with a relative path name no file of the workspace, where a pull request puts what it likes."""

from __future__ import annotations

from pathlib import Path

from support.jobs import Story
from support.small_project import project


def test_a_pull_request_brings_no_credential_process(tmp_path: Path) -> None:
    """`AWS_CONFIG_FILE=.aws/config`, made by a step of the workflow or, as here, by the pull request."""
    with Story.begin(tmp_path, nightly=False) as story:
        story.work.commit(project("alpha"))
        story.work.push("main")
        ran = tmp_path / "ran"
        profile = f"[default]\ncredential_process = touch {ran}\n"
        number = story.open_pull({"alpha/run": "#!/bin/sh\n# new\n", ".aws/config": profile})
        story.environ = {
            "AWS_CONFIG_FILE": ".aws/config",
            "AWS_ACCESS_KEY_ID": "",
            "AWS_SECRET_ACCESS_KEY": "",
        }
        job = story.pull_request(number, from_fork=True, group="")
        assert job.code == 0, job.stdout
        assert job.keys("changed") == ["alpha"]
        assert not ran.exists()
