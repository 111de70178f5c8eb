"""The report for people: comment, step summary, terminal, annotations, and a page for the demo.

Comes in: a `Report`, which holds text that a hostile pull request may have chosen. Goes out: text in which it
can do nothing. It never asks AWS, GitHub or the clock, never reads a user's file, and writes only where it is
told to.
"""
