"""A tree of files becomes pipelines.

Comes in: a `Tree` (a commit's blobs or files on disk) and the project's folder in it. Goes out: the
configuration, the pipelines with their definitions, files and digests, and findings with the place of what
is wrong. It never runs git, never touches the network, and raises nothing for what a file contains.
"""
