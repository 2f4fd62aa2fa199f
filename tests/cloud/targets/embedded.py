"""The embedded cloud: `landfall local`, all services and the functions' handlers in one process."""

from targets import landfall_local


def start(work, programs):
    return landfall_local.started(work, programs, [], {"landing-policy", "errors"})
