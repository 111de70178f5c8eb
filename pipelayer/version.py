"""Which Pipelayer this is."""

from __future__ import annotations


def version() -> str:
    """The installed version, `unknown` where the package was never installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("pipelayer")
    except PackageNotFoundError:
        return "unknown"
