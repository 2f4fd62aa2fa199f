"""MiniStack and redshift-local beside it, on which Terraform and SAM deploy; both run the functions' real zips.

MiniStack runs a function as a process of this machine. It gives a function its own environment, in which the endpoint of the
warehouse is named, and does not unpack layers for it: the pipelines' layer is unpacked here, and LANDFALL_PIPELINES says where.
"""

import contextlib
import os
import zipfile
from pathlib import Path

import boto3
from botocore.config import Config

from cloud import ROOT, Cloud, run
from processes import free_port, running

NAME = "landfall-emulator"
REGION = "us-east-1"
WRITE_KEY = "a-write-key-that-is-public"
PRIVACY_KEY = "a-privacy-key-that-is-public-and-of-no-use"


@contextlib.contextmanager
def emulators(work, programs):
    """Starts both; yields the environment of clients."""
    python = python_environment("ministack", "ministack[full]==1.5.33")
    layer = programs["zips"].parent / "pipelines.zip"
    with zipfile.ZipFile(layer) as pipelines:
        pipelines.extractall(work / "opt")
    endpoint = f"http://127.0.0.1:{free_port()}"
    clients = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
    with contextlib.ExitStack() as stack:
        warehouse = [
            programs["landfall"], "redshift", "--port=0", f"--s3-endpoint={endpoint}",
            f"--completions-to-function={NAME}-watch-loads",
        ]  # fmt: skip
        log = work / "redshift-local.log"
        found = stack.enter_context(running("landfall redshift", warehouse, plain() | clients, log, r"Data API at (http\S+)"))
        clients["AWS_ENDPOINT_URL_REDSHIFT_DATA"] = found[1]
        surroundings = plain() | clients | {
            "GATEWAY_PORT": endpoint.rsplit(":", 1)[1],
            "MINISTACK_HOST": "127.0.0.1",
            "IOT_MTLS_PORT": str(free_port()),
            "LANDFALL_PIPELINES": str(work / "opt/pipelines"),
            "RUST_LOG": "info",
        }  # fmt: skip
        command = [python / "ministack"]
        stack.enter_context(running("MiniStack", command, surroundings, work / "ministack.log", r"Running on http"))
        yield clients


def plain():
    """What every program needs of this machine's environment."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}


def client(clients, service):
    """boto3 on the emulator, before there is a deployment."""
    return boto3.client(
        service,
        endpoint_url=clients["AWS_ENDPOINT_URL"],
        region_name=clients["AWS_REGION"],
        aws_access_key_id=clients["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=clients["AWS_SECRET_ACCESS_KEY"],
        config=Config(proxies={}),
    )


def python_environment(name, *packages):
    """A Python environment with these packages, made once; the folder of its programs."""
    return Path(run([ROOT / "scripts/python.sh", name, *packages]).strip())


def deployed(work, programs, clients, outputs, has=(), checks=()):
    """The deployment, from what Terraform or SAM says of it."""
    environment = clients | outputs["environment"] | {
        "LANDFALL_STREAM": f"{NAME}-events",
        "LANDFALL_GLUE_DATABASE": outputs["glue_database"],
    }  # fmt: skip
    # A function's address, by the path that MiniStack serves it under.
    identifier = outputs["collect_url"].removeprefix("https://").split(".")[0]
    cloud = Cloud(
        work=work,
        programs=programs,
        environment=environment,
        collector=f"{clients['AWS_ENDPOINT_URL']}/_aws/lambda-url/{identifier}/",
        write_key=WRITE_KEY,
        has={"load-queue", "alerts", "athena", *has},
        checks=list(checks),
    )
    cloud.landfall("migrate", "--aws")
    return cloud
