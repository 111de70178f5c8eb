"""The cheap look for credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelayer.aws.credentials import credentials_present


@pytest.mark.parametrize(
    "name",
    [
        "AWS_ACCESS_KEY_ID",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_PROFILE",
    ],
)
def test_a_variable_says_so_unless_it_is_empty(name: str, tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert not credentials_present(home)
    assert not credentials_present({**home, name: ""})
    assert credentials_present({**home, name: "x"})


def test_a_key_whose_other_half_is_set_to_nothing_is_none() -> None:
    """An id from the workflow's variables beside a secret that a fork can't read."""
    assert not credentials_present({"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": ""})
    assert credentials_present({"AWS_ACCESS_KEY_ID": "x"})  # a mistake, which AWS's client names


def test_nothing_at_all() -> None:
    assert not credentials_present({})


@pytest.mark.parametrize(
    ("file", "content", "present"),
    [
        ("credentials", "[default]\naws_access_key_id = A\naws_secret_access_key = B\n", True),
        ("config", "[profile default]\nrole_arn = arn\nsource_profile = other\n", True),
        ("config", "[default]\nsso_session = work\n", True),
        ("config", "[default]\nregion = us-west-2\n", False),
        ("config", "[profile other]\nrole_arn = arn\n", False),
        ("config", "neither section nor setting\n", False),
        ("credentials", "", False),
    ],
)
def test_the_default_profile_counts(file: str, content: str, present: bool, tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / file).write_text(content)
    assert credentials_present({"HOME": str(tmp_path)}) is present


def test_a_file_named_elsewhere_counts(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("[default]\naws_access_key_id = A\n")
    assert credentials_present({"AWS_SHARED_CREDENTIALS_FILE": str(elsewhere)})
    assert not credentials_present({"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "absent")})


def test_bytes_that_are_no_text_are_no_credentials(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_bytes(b"\xff\xfe[default]")
    assert not credentials_present({"HOME": str(tmp_path)})
