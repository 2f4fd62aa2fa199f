"""A deployment as the scenarios see it: its names, and the programs with which a person uses it."""

import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 120


class Failure(Exception):
    """Something is not as it must be; the text has what was expected and what was found."""


def equal(what, expected, actual):
    if expected != actual:
        raise Failure(f"{what}\n    expected: {expected}\n    actual:   {actual}")


def wait(what, attempt, limit=LIMIT, expected=None):
    """What `attempt` answers as soon as that is as expected, or at least true; its last answer if it never is."""
    deadline = time.monotonic() + limit
    while True:
        answer = attempt()
        if answer == expected if expected is not None else answer:
            return answer
        if time.monotonic() > deadline:
            wanted = "" if expected is None else f"\n    expected: {expected}"
            raise Failure(f"{what}: not within {limit:.0f} s{wanted}\n    the last answer: {answer!r}")
        time.sleep(0.2)


def run(command, environment=None, folder=ROOT):
    """What a program prints; its messages if it fails."""
    done = subprocess.run(command, env=environment, cwd=folder, text=True, capture_output=True)
    if done.returncode != 0:
        shown = " ".join(str(part) for part in command)
        raise Failure(f"{shown}\n    ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


@dataclass
class Cloud:
    """What a target hands over once Landfall is deployed there."""

    work: Path
    """A folder for files of the scenarios."""
    programs: dict
    """The paths of `landfall` and `aws`."""
    environment: dict
    """What the AWS CLI and `landfall --aws` need: endpoints, credentials, LANDFALL_*."""
    collector: str
    """Where tracking calls are sent to, with a `/` at its end."""
    write_key: str
    has: set = field(default_factory=set)
    """Of `load-queue`, `alerts`, `athena`, `landing-policy`, `errors`: what scenarios may use in addition to the common part."""
    vendor: dict = field(default_factory=dict)
    """Credentials of a vendor who may write to the landing bucket and nothing else; without them, those of the environment."""
    events: int = 300
    """How many tracking events the scenarios send."""
    track: list = field(default_factory=list)
    """Options of `landfall track` that this target wants."""
    checks: list = field(default_factory=list)
    """Titles and functions: what is to be checked of the deployment itself, after the scenarios."""

    def __post_init__(self):
        self.landing = self.environment["LANDFALL_LANDING_BUCKET"]
        self.lake = self.environment["LANDFALL_LAKE_BUCKET"]
        self.name = self.environment["LANDFALL_EVENT_BUS"]
        self.stream = self.environment["LANDFALL_STREAM"]
        self.database = self.environment["LANDFALL_GLUE_DATABASE"]

    def client(self, service):
        """boto3, for what is asked over and over; one request of the AWS CLI takes as long as fifty of it."""
        names = {k: v for k, v in self.environment.items() if k.startswith("AWS_")}
        endpoint = names.get(f"AWS_ENDPOINT_URL_{ENDPOINTS.get(service, service.upper())}") or names.get("AWS_ENDPOINT_URL")
        session = boto3.Session(
            names.get("AWS_ACCESS_KEY_ID"), names.get("AWS_SECRET_ACCESS_KEY"), names.get("AWS_SESSION_TOKEN"),
            region_name=names["AWS_REGION"],
        )
        style = {"addressing_style": "path"} if endpoint else {}
        bundle = names.get("AWS_CA_BUNDLE")
        return session.client(service, endpoint_url=endpoint, verify=bundle, config=Config(proxies={} if endpoint else None, s3=style))

    def aws(self, *arguments, credentials=None):
        """The answer of a command of the AWS CLI."""
        surroundings = self._surroundings() | (credentials or {})
        text = run([self.programs["aws"], *map(str, arguments), "--output", "json"], surroundings)
        return json.loads(text) if text.strip() else None

    def landfall(self, *arguments):
        """What the command line prints about this deployment."""
        return run([self.programs["landfall"], *map(str, arguments)], self._surroundings(), self.work)

    def _surroundings(self):
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        return inherited | {"AWS_PAGER": "", "LANDFALL_PIPELINES": str(ROOT / "pipelines")} | self.environment

    # Uploads

    def upload(self, file, key):
        """Puts a file into the landing bucket, as a vendor does."""
        put = ["s3api", "put-object", "--bucket", self.landing, "--key", key, "--body", file]
        self.aws(*put, credentials=self.vendor)

    def load(self, file, key, dataset):
        """Uploads a file and waits for its outcome, as watch-loads or load-redshift publishes it."""
        s3, before = self.client("s3"), self._outcomes(dataset)
        self.upload(file, key)

        def published():
            for found in self._outcomes(dataset) - before:
                outcome = json.loads(s3.get_object(Bucket=self.lake, Key=found)["Body"].read())
                if not outcome["retried"]:
                    return outcome
            return None

        return wait(f"the outcome of s3://{self.landing}/{key}", published)

    def _outcomes(self, dataset):
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.lake, Prefix=f"loads/{dataset}/")
        keys = (found["Key"] for page in pages for found in page.get("Contents", []))
        return {key for key in keys if key.endswith("/outcome.json")}

    def drain(self, *functions):
        """Waits until the queues of these functions are empty."""
        sqs = self.client("sqs")
        counted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        queues = [sqs.get_queue_url(QueueName=f"{self.name}-{function}")["QueueUrl"] for function in functions]

        def empty():
            counts = [sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=counted)["Attributes"] for queue in queues]
            return all(count == "0" for attributes in counts for count in attributes.values())

        wait(f"the queues of {', '.join(functions)} are empty", empty)

    # Queries

    def query(self, sql):
        """The rows of a statement in the warehouse, as lists."""
        return [list(row.values()) for row in json.loads(self.landfall("query", "--aws", "--json", sql))]

    def count(self, table):
        return self.query(f"select count(*) from {table}")[0][0]

    def athena(self, sql):
        """The rows of a query over the catalog, as lists of texts."""
        if "athena" not in self.has:
            return json.loads(self.landfall("athena", "--aws", "--json", sql))["rows"]
        client = self.client("athena")
        query = client.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": self.database},
            ResultConfiguration={"OutputLocation": self._athena_output},
        )["QueryExecutionId"]
        self._athena_ended(query, sql)
        return self._athena_rows(client.get_query_results(QueryExecutionId=query))

    def athena_by_cli(self, sql):
        """The same as a person asks it, with the AWS CLI."""
        if "athena" not in self.has:
            return self.athena(sql)
        started = self.aws(
            "athena", "start-query-execution", "--query-string", sql,
            "--query-execution-context", f"Database={self.database}",
            "--result-configuration", f"OutputLocation={self._athena_output}",
        )  # fmt: skip
        self._athena_ended(started["QueryExecutionId"], sql)
        return self._athena_rows(self.aws("athena", "get-query-results", "--query-execution-id", started["QueryExecutionId"]))

    @property
    def _athena_output(self):
        return f"s3://{self.lake}/athena/"

    def _athena_ended(self, query, sql):
        client = self.client("athena")

        def ended():
            status = client.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
            if status["State"] in ("FAILED", "CANCELLED"):
                raise Failure(f"Athena: {sql}\n    {status.get('StateChangeReason')}")
            return status["State"] == "SUCCEEDED"

        wait(f"Athena: {sql}", ended)

    @staticmethod
    def _athena_rows(answer):
        rows = [[value.get("VarCharValue") for value in row["Data"]] for row in answer["ResultSet"]["Rows"]]
        return rows[1:]  # the first has the columns' names


# What an endpoint's variable calls a service, where that is not its name in capitals.
ENDPOINTS = {"redshift-data": "REDSHIFT_DATA", "events": "EVENTBRIDGE"}
