"""From the pipelines of an account to the files of a project.

Comes in: what AWS has. Goes out: a `Blueprint` of templates, values and the files to fetch, which somebody
may look at before it is written, and the proof that it means the same. It asks nobody and writes
nothing itself.
"""
