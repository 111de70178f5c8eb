"""Names and values that a stranger chose, for all that a pull request can hold.

Git takes any bytes but NUL as a path's parts; AWS and S3 refuse more.
"""

from __future__ import annotations

import json

from support.gitrepo import Content
from support.small_project import BUCKET

NASTY = (
    "x##[add-mask]e",
    "::error::pwned",
    "::set-output name=changed::[]",
    "z\u200b##\u200b[error]\u202e",
    "\u061c:\u200b:stop-commands::e",
    "\u0640::add-mask::e ##\u07fa[add-mask]e",
    "##[set-output name=changed]x",
    "\u0301::\u0301add-mask::\ufe0f##\ufe0f[error]e",
    "changed<<EOF",
    "EOF",
    "failed=[]",
    "<script>alert(1)<\uff0fscript>",
    "<img src=x onerror=alert(1)>",
    "--> @octocat #1 GH-1 www.example.com",
    "a|b`c``d",
    "[click](https:evil.example) ![x](y)",
    "%0A::error::pwned %25",
    "-rf",
    "naïve 名",
)
"""What AWS and S3 take."""

BROKEN = (
    "line\n::error::pwned",
    "return\r::error::pwned",
    "both\r\n##[error]pwned",
    "bell\x07\x1b[31m",
    "tab\t##[add-mask]e\x0b::error::pwned\x0c",
    "next\x85::error::pwned\u2028::error::pwned",
    "not text \udcff##[error]pwned",
    "::stop-commands::pause\n::add-mask::e",
)
"""What they can't carry."""


def hostile(index: int, text: str) -> dict[str, Content]:
    """A pipeline that can be deployed, with the text wherever a file may hold one."""
    directory = f"{index} {text}"
    metadata = {"name": f"{index} {text}", "description": text, "tags": {"note": "plain"}}
    own = {"myS3InputDir": f"s3://{BUCKET}/code/{index}", "myNote": text}
    return {
        f"{directory}/values.json": json.dumps({"metadata": metadata, "values": own}),
        f"{directory}/run": "#!/bin/sh\n",
        f"{directory}/tasks/{text}.sh": f"{text}\n",
    }


def mistaken(index: int, text: str) -> dict[str, Content]:
    """Mistakes whose messages would have to quote the text."""
    directory = f"wrong {index}"
    own = {"myS3InputDir": f"s3://{BUCKET}/wrong/{index}/{text}", "mySchedulePeriod": f"1 {text}", text: "#{"}
    metadata = {"name": text, "adopt": text, "moved-from": text, text: text, "tags": {text: text}}
    half = '{"values": {"' + text.replace('"', "") + '": '
    return {
        f"{directory}/values.json": json.dumps({"metadata": metadata, "values": own}, indent=1),
        f"{directory}/tasks/{text}": _bytes(text),
        f"half {index} {text}/values.json": _bytes(half),
    }


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
