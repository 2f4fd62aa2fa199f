"""Programs that run with the scenarios, and free ports for them."""

import contextlib
import re
import signal
import socket
import subprocess
import time

from cloud import Failure


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def running(name, command, environment, log, ready, limit=120):
    """Starts a program and waits until its output matches `ready`; yields the match, and in the end interrupts the program."""
    with open(log, "w") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A shell's background jobs ignore interrupts, and what they start would, too.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    try:
        deadline = time.monotonic() + limit
        while not (found := re.search(ready, log.read_text())):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failure(f"{name} did not start; it printed:\n{log.read_text()[-3000:]}")
            time.sleep(0.05)
        yield found
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
