"""LocalStack's community edition, which runs without Docker: S3, EventBridge, SQS and Kinesis are its own.

Its Lambda needs Docker, and it has neither Glue nor the Redshift Data API: `landfall local --endpoint-url` runs the binaries of
the functions' zips, fed from its queues and its stream, with a warehouse and a catalog of its own.
"""

import contextlib
import subprocess
import zipfile

from cloud import ROOT
from processes import free_port, running
from targets import Missing, landfall_local

NO_PYTHON = 77  # how scripts/localstack.sh ends where there is no Python 3.13


@contextlib.contextmanager
def start(work, programs):
    script = ROOT / "scripts/localstack.sh"
    if subprocess.run([script, "--check"], capture_output=True).returncode == NO_PYTHON:
        raise Missing("no Python 3.13")
    functions = work / "functions"
    for package in programs["zips"].glob("*/bootstrap.zip"):
        with zipfile.ZipFile(package) as zipped:
            zipped.extractall(functions / package.parent.name)
        (functions / package.parent.name / "bootstrap").chmod(0o755)
    with running("LocalStack", [script, free_port()], None, work / "localstack.log", r"LocalStack +(http\S+)", 300) as found:
        arguments = [f"--endpoint-url={found[1]}", f"--functions={functions}"]
        with landfall_local.started(work, programs, arguments, {"load-queue", "errors"}) as cloud:
            yield cloud
