"""Addresses of remotes, and the header that a token travels in. Pure."""

from __future__ import annotations

import base64
import re
from urllib.parse import urlsplit

_SCP = re.compile(r"(?:[^@/:\s]+@)?(?P<host>[A-Za-z0-9.-]{2,}):(?P<path>[^/].*)")
_SLUG = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)+")


def _host_and_path(url: str) -> tuple[str, str]:
    """Host (lower case) and path of an address in any of git's forms, `("", "")` for a path on this
    machine.
    """
    if "://" not in url:
        match = _SCP.fullmatch(url)
        return (match["host"].lower(), match["path"]) if match else ("", "")
    try:
        parts = urlsplit(url)
        return (parts.hostname or "", parts.path) if parts.scheme in {"https", "http", "ssh"} else ("", "")
    except ValueError:
        return "", ""


def slug(url: str) -> str:
    """`owner/repo` of a remote's address, `""` where it has none, such as a path on this machine."""
    _, path = _host_and_path(url)
    name = path.strip("/").removesuffix(".git")
    return name if _SLUG.fullmatch(name) else ""


def project_name(repository: str, root: str) -> str:
    """A project's name where its configuration gives none: `owner/repo`, plus its folder."""
    return "/".join(part for part in (repository, root) if part) if repository else ""


def token_address(url: str, server: str) -> str | None:
    """Where to fetch with a token of `server` (`https://github.com`): None if `url` is another server's.

    An address that needs a person's ssh key becomes the server's own, which takes the token.
    """
    host, _ = _host_and_path(url)
    if not host or host != _host_and_path(server)[0]:
        return None
    base = server.rstrip("/")
    return url if url.startswith(f"{base}/") else f"{base}/{slug(url)}.git" if slug(url) else None


def token_settings(server: str, token: str) -> tuple[tuple[str, str], ...]:
    """Configuration that sends `token` to `server` and nowhere else, once. Git would take the header along
    where the server redirects to.

    The empty entry comes first and drops the header that actions/checkout may have left: with two of them
    GitHub answers 400, "Duplicate header".
    """
    name = f"http.{server.rstrip('/')}/.extraheader"
    credentials = base64.b64encode(f"x-access-token:{token}".encode()).decode("ascii")
    return (
        (f"http.{server.rstrip('/')}/.followRedirects", "false"),
        (name, ""),
        (name, f"AUTHORIZATION: basic {credentials}"),
    )
