"""Desired pipelines and what is live → a plan → outcomes.

Comes in: `project.Pipeline`s and a `Snapshot` of one account and region. Goes out: for each pipeline a
`PipelinePlan` and, once executed, an `Outcome`. Deciding (`elect`, `twins`, `plan`, `upload`) is pure; only
`execute` and `sweep` act, through the protocols of `ports`. It never reads files, never knows GitHub, and
never changes a pipeline that carries no tag of ours unless its file adopts it by name.
"""
