"""The daily look and the console's buttons.

Comes in: a project's pipelines beside what AWS has of them, a person's order, and the time. Goes out: how
each one stands, its runs and its logs, and what came of an order. Through the engine of `deploy` it can run,
pause, resume and delete pipelines, and AWS is told about their runs. It never writes a definition or a file.
"""
