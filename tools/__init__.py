"""What ./jiesu does: set-up, running, tests, checks.

The modules that run before anything is installed use the standard library only;
`stack` and `doctor` run inside `.venv`.
"""
