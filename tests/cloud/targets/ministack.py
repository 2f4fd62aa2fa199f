"""MiniStack with redshift-local, on which Terraform and SAM deploy; both run the functions' real zips.

It speaks TLS and enforces IAM (AUTH=true): a function may do what its role may, the landing bucket takes what its policy lets
in, and the statements that deny everything without TLS are in force. What it does otherwise than AWS:

- It runs a function as a process of this machine, in its own environment, where the endpoint of the warehouse is named. It does
  not extract layers: the pipelines' layer is extracted here, and LANDFALL_PIPELINES names the folder.
- Its Firehose transforms and writes each record by itself while PutRecords and everything else waits, and drops what the function
  could not read: few events are sent, a few at a time; transform-events, which could ask no service, is given its key by value;
  and the scenario of the prefix `errors/` is left to others.
- It takes a compressed body of a Function URL for text: tracking calls are sent uncompressed.
- It has no Redshift Data API, and its bus refuses the source `aws.redshift-data`: redshift-local invokes watch-loads.
"""

import contextlib
import json
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
    python = environment_of("ministack")
    layer = programs["zips"].parent / "pipelines.zip"
    with zipfile.ZipFile(layer) as pipelines:
        pipelines.extractall(work / "opt")
    endpoint = f"https://127.0.0.1:{free_port()}"
    authority, certificate, key = certificates(work)
    clients = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CA_BUNDLE": str(authority),
        "SSL_CERT_FILE": str(authority),
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
            "USE_SSL": "1",
            "MINISTACK_SSL_CERT": str(certificate),
            "MINISTACK_SSL_KEY": str(key),
            "AUTH": "true",
            "IOT_MTLS_PORT": str(free_port()),
            "LANDFALL_PIPELINES": str(work / "opt/pipelines"),
            "RUST_LOG": "info",
        }  # fmt: skip
        command = [python / "ministack"]
        stack.enter_context(running("MiniStack", command, surroundings, work / "ministack.log", r"Running on http"))
        yield clients


def certificates(work):
    """An authority, and a certificate of it for MiniStack with its key: everything is denied that does not come by TLS."""
    folder = work / "tls"
    folder.mkdir()
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    run(["openssl", "req", "-x509", *new, "-days", "2", "-subj", "/CN=tests", "-keyout", "ca.key", "-out", "ca.pem"], folder=folder)
    run(["openssl", "req", *new, "-subj", "/CN=127.0.0.1", "-keyout", "server.key", "-out", "server.csr"], folder=folder)
    sign = ["openssl", "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
    run([*sign, "-days", "2", "-extfile", "names", "-out", "server.pem"], folder=folder)
    return folder / "ca.pem", folder / "server.pem", folder / "server.key"


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
        verify=clients["AWS_CA_BUNDLE"],
        config=Config(proxies={}),
    )


def environment_of(name):
    """A Python environment of scripts/venv.sh: the folder of its programs."""
    return Path(run([ROOT / "scripts/venv.sh", name], plain()).strip()) / "bin"


def vendor(clients, bucket):
    """Credentials of a user who may put objects into the landing bucket."""
    iam, user = client(clients, "iam"), f"{NAME}-vendor"
    allow = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    iam.create_user(UserName=user)
    iam.put_user_policy(
        UserName=user, PolicyName="upload", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    )
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def settle(cloud):
    """Lets the functions end what they have begun: MiniStack makes the log group of a function again that still runs when it goes."""
    cloud.drain("load-redshift", "watch-loads", "write-parquet", "update-catalog")


def deployed(work, programs, clients, outputs):
    """The deployment, from the outputs of Terraform or SAM."""
    environment = clients | outputs["environment"]
    # A function's address, by the path that MiniStack serves it under.
    identifier = outputs["collect_url"].removeprefix("https://").split(".")[0]
    cloud = Cloud(
        work=work,
        programs=programs,
        environment=environment,
        collector=f"{clients['AWS_ENDPOINT_URL']}/_aws/lambda-url/{identifier}/",
        write_key=WRITE_KEY,
        has={"load-queue", "alerts", "athena", "landing-policy"},
        vendor=vendor(clients, environment["LANDFALL_LANDING_BUCKET"]),
        events=16,
        track=["--uncompressed", "--batch=1", "--rate=4"],
    )
    # The database knows no IAM identities here: the functions are its admin, whatever their user is granted.
    cloud.landfall("migrate", "--aws", "--grant-to", "IAMR:landfall-load-redshift")
    return cloud
