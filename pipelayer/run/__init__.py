"""run(Draft(request, ports)) → Report: the one orchestration, for the action, the command line and the Python
API alike.

Comes in: a `Request` and everything that acts (`Ports`). Goes out: a `Report`, whatever happens, and at any
moment: the draft can be asked for one. The order is always the same: read the files, select, check offline,
ask AWS what is live, plan, ask AWS about the definitions, and only then write. It never prints, never reads
the environment, and knows neither GitHub nor git.
"""
