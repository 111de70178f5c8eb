"""From the pipelines of an account to the files of a project.

Comes in: what AWS has. Goes out: templates, values, and the files of each pipeline, as an `Imported` that
somebody may look at before it is written. It never changes anything in AWS.
"""
