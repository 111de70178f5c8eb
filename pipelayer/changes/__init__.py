"""Which pipelines changed: two trees in, a Selection out.

Comes in: a checkout, and what the event or the command line says to compare. Goes out: trees to read files
from, the paths that differ between two of them, and the pipelines that those select, each with its reasons.
`git` and what it stands on (`process`, `blobs`, `origin`, `commits`, `worktree`) run git and touch nothing of
the user's but the object store that a fetch fills; `base` and `merges` settle what is compared; `select`,
`paths`, `remote` and `ids` are pure. Nothing here asks AWS or GitHub's API, and histories are never compared:
only trees.
"""
