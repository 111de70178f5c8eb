"""The one place that knows GitHub: how an action is told what to do, and how it answers.

Comes in: the runner's environment and the event. Goes out: a request to `pipelayer.run`, and from its report
the annotations, the outputs, the step summary and one comment on the pull request. It decides nothing about
pipelines.
"""
