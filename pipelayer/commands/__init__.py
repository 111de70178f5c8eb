"""The commands of the terminal that are no run: each in a module of its name.

Comes in: arguments. Goes out: lines, and an exit code. They decide nothing themselves.
"""
