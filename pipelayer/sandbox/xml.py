"""The little that the sandbox itself reads of S3's XML."""

from __future__ import annotations

import re
from xml.sax.saxutils import unescape

_ENTITIES = {"&quot;": '"', "&apos;": "'"}


def listed(body: bytes) -> tuple[list[str], str]:
    """Keys and continuation token of a ListObjectsV2 answer."""
    text = body.decode()
    token = re.search(r"<NextContinuationToken>(.*?)</NextContinuationToken>", text)
    return named_keys(body), unescape(token[1], _ENTITIES) if token else ""


def named_keys(body: bytes) -> list[str]:
    """The keys in a ListObjectsV2 answer or a DeleteObjects request."""
    return [unescape(key, _ENTITIES) for key in re.findall(r"<Key>(.*?)</Key>", body.decode(), re.DOTALL)]
