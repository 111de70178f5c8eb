"""Which Pipelayer this is."""

from __future__ import annotations

DISTRIBUTION = "pipelayer-aws"
"""Its name on the Python package index, where `pipelayer` is another project's."""


def version() -> str:
    """The installed version, `unknown` where the package was never installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"
