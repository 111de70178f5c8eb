"""What people ask for, each from beginning to end: the order in which files are read, AWS is asked, and
things are written.

`orchestrate.run(Draft(request, ports))` → `Report` is the one for the verbs, for the action, the command line
and the Python API alike. Comes in: a `Request` and everything that acts (`Ports`). Goes out: a `Report`,
whatever happens, and at any moment: the draft can be asked for one. It reads the files, selects, checks
offline, asks AWS what is live, plans, asks AWS about the definitions, and only then writes.

Beside it stand the daily look (`status`, `reading_logs`), the console's buttons (`ordering`), both on what
`looking` sees; taking over what is live (`adopting`, `offering`); importing (`importing`, `import_reading`);
and a project's beginning (`starting`, `delivering`). Each takes its effects as parameters; `outside` makes
the real ones, and it alone and a project's beginning know git. Nothing here prints, or knows GitHub.
"""
