"""Whether anybody gave AWS credentials: a cheap look, so that a run without them never imports boto3."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_IN_ENVIRONMENT = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_PROFILE",
)
_IN_PROFILE = (
    "aws_access_key_id",
    "credential_process",
    "login_session",
    "role_arn",
    "sso_account_id",
    "sso_session",
    "sso_start_url",
)


def credentials_present(environ: Mapping[str, str]) -> bool:
    """Whether the environment or the default profile holds credentials, whole or not, valid or not.

    Empty variables count as absent: that is what a workflow passes on for a secret that a fork can't read. A
    machine's own role (EC2 instance metadata) isn't looked for: a hosted runner would wait for an answer that
    never comes.
    """
    emptied = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} if _half_empty(environ) else set()
    if any(environ.get(name) for name in _IN_ENVIRONMENT if name not in emptied):
        return True
    home = environ.get("HOME", "")
    return _has_default(environ.get("AWS_SHARED_CREDENTIALS_FILE", ""), home, "credentials") or _has_default(
        environ.get("AWS_CONFIG_FILE", ""), home, "config"
    )


def _half_empty(environ: Mapping[str, str]) -> bool:
    """Whether one key of the pair is set to nothing: an id that isn't secret, and a secret that a fork can't
    read.
    """
    return "" in (environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY"))


def _has_default(named: str, home: str, name: str) -> bool:
    """Whether a file of the AWS settings gives the default profile credentials."""
    from configparser import Error, RawConfigParser

    if not named and not home:
        return False
    path = Path(named) if named else Path(home) / ".aws" / name
    parser = RawConfigParser(default_section="")
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, Error):
        return False
    return any(
        parser.has_option(section, option)
        for section in ("default", "profile default")
        for option in _IN_PROFILE
    )
