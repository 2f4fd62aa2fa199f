"""The kinds of clouds: each module deploys Landfall to one and hands over a `Cloud`.

`start(work, programs)` is a context manager; what it made is gone when it ends. It raises `Missing` where this machine lacks
what the target needs: the target is then reported as skipped, by name.
"""


class Missing(Exception):
    """What this machine lacks for a target, in a few words."""
