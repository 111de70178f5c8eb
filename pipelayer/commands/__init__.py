"""The commands of the terminal that are no run: each in a module of its name.

Comes in: arguments, and answers. Goes out: lines, and an exit code. They decide what is asked of whom, and
what is left to do; what is done to files and to AWS is decided in the rooms before.
"""
