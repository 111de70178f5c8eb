"""What a definition means, decided without files, network or clock.

Comes in: text with positions (`pipelayer.model.Node`), or what AWS answered, and the time as a parameter.
Goes out: a `Definition` in any of its forms, its schedules, findings, what changed between two of them and
which of AWS's rules for editing each change breaks. It never reads a file, calls AWS or looks at the clock.
"""
