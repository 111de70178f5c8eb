"""`python -m pipelayer.explain` prints docs/rules.md; with codes, those rules."""

from __future__ import annotations

import sys

from pipelayer.explain import explain
from pipelayer.explain.page import markdown, page

if __name__ == "__main__":
    wanted = [explain(code) for code in sys.argv[1:]]
    if None in wanted:
        sys.exit("There is no such rule.")
    sys.stdout.write("\n".join(markdown(rule) + "\n" for rule in wanted if rule) if wanted else page())
