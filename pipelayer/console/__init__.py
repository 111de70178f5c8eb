"""The daily look and the console's buttons.

Comes in: a project, and what AWS tells of its pipelines. Goes out: how each one stands, its runs and its
logs, and what a person orders done to one. It never writes a definition or a file: that is `deploy`'s.
"""
