"""What a new project consists of.

Comes in: answers. Goes out: files, as `project.new_files` writes them. Nothing is asked or written here.
"""
