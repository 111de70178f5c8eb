"""Addresses of remotes."""

from __future__ import annotations

import pytest

from pipelayer.changes.remote import project_name, slug, token_address, token_settings


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://github.com/acme/nightly", "acme/nightly"),
        ("https://github.com/acme/nightly.git", "acme/nightly"),
        ("https://user:secret@github.com/acme/nightly.git/", "acme/nightly"),
        ("git@github.com:acme/nightly.git", "acme/nightly"),
        ("github.com:acme/nightly", "acme/nightly"),
        ("ssh://git@ssh.github.com:443/acme/nightly.git", "acme/nightly"),
        ("https://gitlab.example.com/group/sub/project.git", "group/sub/project"),
        ("/srv/git/nightly.git", ""),
        ("file:///srv/git/acme/nightly.git", ""),
        ("../nightly", ""),
        ("C:/work/nightly", ""),
        ("ext::sh -c evil", ""),
        ("https://github.com/nightly", ""),
        ("https://github.com/acme/night ly", ""),
        ("https://[broken/acme/nightly", ""),
        ("", ""),
    ],
)
def test_slug(url: str, expected: str) -> None:
    assert slug(url) == expected


@pytest.mark.parametrize(
    ("url", "server", "expected"),
    [
        ("https://github.com/a/b", "https://github.com", "https://github.com/a/b"),
        ("https://github.com/a/b", "https://github.com/", "https://github.com/a/b"),
        ("git@github.com:a/b.git", "https://github.com", "https://github.com/a/b.git"),
        ("http://github.com/a/b", "https://github.com", "https://github.com/a/b.git"),
        ("https://u:p@github.com/a/b", "https://github.com", "https://github.com/a/b.git"),
        ("https://github.com.evil.example/a/b", "https://github.com", None),
        ("https://evil.example/github.com/a", "https://github.com", None),
        ("https://github.com/a", "https://ghe.example.com", None),
        ("/srv/git/b.git", "https://github.com", None),
        ("https://github.com/a/b", "https://[", None),
    ],
)
def test_token_address(url: str, server: str, expected: str | None) -> None:
    assert token_address(url, server) == expected


def test_the_header_is_reset_first_and_follows_nowhere() -> None:
    stays, reset, header = token_settings("https://github.com/", "secret")
    assert stays == ("http.https://github.com/.followRedirects", "false")
    assert reset == ("http.https://github.com/.extraheader", "")
    assert header[0] == reset[0]
    assert "secret" not in header[1]


def test_project_name() -> None:
    assert project_name("acme/nightly", "") == "acme/nightly"
    assert project_name("acme/nightly", "data/jobs") == "acme/nightly/data/jobs"
    assert project_name("", "data") == ""
