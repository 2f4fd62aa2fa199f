"""What must hold wherever Landfall is deployed. The same file runs against every target; see run.py.

A scenario takes a `Cloud`, in the order of this file: later ones go on from what earlier ones loaded. `needs` names what a
target must have in addition to the common part.
"""

import base64
import csv
import gzip
import json
import threading
import time
from dataclasses import dataclass

from cloud import LIMIT, Failure, equal, wait

SCENARIOS = []


@dataclass(frozen=True)
class Scenario:
    title: str
    run: object
    needs: frozenset


def scenario(title, *needs):
    def register(function):
        SCENARIOS.append(Scenario(title, function, frozenset(needs)))
        return function

    return register


def sample_flights(cloud, rows, seed, *more):
    """A vendor's three files, in a folder of their own."""
    folder = cloud.work / f"flights-{rows}-{seed}"
    cloud.landfall("sample", "flights", "--rows", rows, "--seed", seed, "--out", folder, *more)
    return folder / "flights"


def rows_of(file):
    with open(file, newline="") as lines:
        return list(csv.DictReader(lines))


# Uploads -> warehouse


@scenario("uploaded files are tables and views")
def uploaded_files_are_tables(cloud):
    files = sample_flights(cloud, 2000, 1)
    for name, dataset, expected in (
        ("airlines.json", "airlines", len(json.loads((files / "airlines.json").read_text()))),
        ("airports.csv", "airports", len(rows_of(files / "airports.csv"))),
        ("flights.csv", "flights", len(rows_of(files / "flights.csv"))),
    ):
        outcome = cloud.load(files / name, f"flights/{name}", dataset)
        equal(f"the outcome of {name}", ("loaded", expected), (outcome["outcome"], outcome["rows"]))
        equal(f"the rows of flights.{dataset}", expected, cloud.count(f"flights.{dataset}"))
    flights = rows_of(files / "flights.csv")
    equal("the rows of the view flights_details", len(flights), cloud.count("flights.flights_details"))
    late = [f for f in flights if f["CANCELLED"] == "0" and float(f["ARRIVAL_DELAY"] or 0) > 0]
    summed = cloud.query("select sum(delayed_flights) from flights.delayed_flights_agg")[0][0]
    equal("the late flights in delayed_flights_agg", len(late), int(summed))
    ledger = cloud.query("select dataset, rows_loaded from landfall.loads where trusted order by loaded_at")
    equal("the ledger's last three rows", [["airlines", 14], ["airports", 322], ["flights", len(flights)]], ledger[-3:])


@scenario("a person loads a file and sees its outcome")
def a_person_loads_a_file(cloud):
    file = sample_flights(cloud, 2000, 1) / "airlines.json"
    [outcome] = json.loads(cloud.landfall("load", "--aws", "--json", "--timeout", LIMIT, file))
    equal("the outcome", ("loaded", 14), (outcome["outcome"], outcome["rows"]))
    equal("its key", "flights/airlines.json", outcome["upload"]["key"])


@scenario("a changed file replaces the table at once")
def a_changed_file_replaces_the_table(cloud):
    files = sample_flights(cloud, 2500, 2)
    old, new = cloud.count("flights.flights"), len(rows_of(files / "flights.csv"))
    equal("the two files differ", True, old != new)
    seen, done = [], threading.Event()

    def read():
        client = cloud.client("redshift-data")
        where = {"WorkgroupName": cloud.environment["LANDFALL_WORKGROUP"], "Database": cloud.environment["LANDFALL_DATABASE"]}
        while not done.is_set():
            query = client.execute_statement(Sql="select count(*) from flights.flights", **where)["Id"]
            while client.describe_statement(Id=query)["Status"] not in ("FINISHED", "FAILED", "ABORTED"):
                time.sleep(0.01)
            seen.append(client.get_statement_result(Id=query)["Records"][0][0]["longValue"])

    reader = threading.Thread(target=read)
    reader.start()
    try:
        outcome = cloud.load(files / "flights.csv", "flights/flights.csv", "flights")
    finally:
        done.set()
        reader.join()
    equal("the outcome", ("loaded", new), (outcome["outcome"], outcome["rows"]))
    equal("the rows afterwards", new, cloud.count("flights.flights"))
    equal("what a reader saw meanwhile", set(), set(seen) - {old, new})
    equal("a reader saw something", True, len(seen) > 0)


@scenario("a broken file is refused with its line, and the table stays")
def a_broken_file_is_refused(cloud):
    before = cloud.count("flights.flights")
    good = (sample_flights(cloud, 2000, 1) / "flights.csv").read_text().splitlines()
    header = good[0].split(",")
    fields = good[3].split(",")
    fields[header.index("DISTANCE")] = "far"
    good[3] = ",".join(fields)
    file = cloud.work / "broken.csv"
    file.write_text("\n".join(good) + "\n")
    outcome = cloud.load(file, "flights/flights.csv", "flights")
    equal("the outcome", "unreadable", outcome["outcome"])
    line = outcome["lines"][0]
    equal("the line, the column, the value", (4, "distance", "far"), (line["line"], line["column"], line["value"]))
    equal("the rows afterwards", before, cloud.count("flights.flights"))


@scenario("an empty file does not wipe the table")
def an_empty_file_wipes_nothing(cloud):
    before = cloud.count("flights.flights")
    file = cloud.work / "empty.csv"
    file.write_text((sample_flights(cloud, 2000, 1) / "flights.csv").read_text().splitlines()[0] + "\n")
    outcome = cloud.load(file, "flights/flights.csv", "flights")
    equal("it is not loaded", True, outcome["outcome"] in ("refused", "rejected"))
    equal("the rows afterwards", before, cloud.count("flights.flights"))


@scenario("an event that comes again loads once", "load-queue")
def an_event_twice_loads_once(cloud):
    files = sample_flights(cloud, 2200, 3)
    outcome = cloud.load(files / "flights.csv", "flights/flights.csv", "flights")
    upload = outcome["upload"]
    ledger = f"select count(*) from landfall.loads where object_key = '{upload['key']}' and rows_loaded = {outcome['rows']}"
    equal("rows of the ledger at first", 1, cloud.query(ledger)[0][0])
    described = {"version-id": upload["version"]} if upload["version"] else {}
    described |= {name: upload[name] for name in ("key", "etag", "size", "sequencer")}
    event = {
        "version": "0", "detail-type": "Object Created", "source": "aws.s3", "time": upload["time"],
        "detail": {"bucket": {"name": upload["bucket"]}, "object": described},
    }  # fmt: skip
    sqs = cloud.client("sqs")
    queue = sqs.get_queue_url(QueueName=f"{cloud.name}-load-redshift")["QueueUrl"]
    for _ in range(3):
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(event))
    cloud.drain("load-redshift")
    equal("rows of the ledger afterwards", 1, cloud.query(ledger)[0][0])
    equal("rows of the table", outcome["rows"], cloud.count("flights.flights"))


@scenario("a file that was not loaded is an alert", "alerts")
def somebody_is_told(cloud):
    sqs = cloud.client("sqs")
    topic = next(t["TopicArn"] for t in cloud.aws("sns", "list-topics")["Topics"] if t["TopicArn"].endswith(f":{cloud.name}-alerts"))
    queue = sqs.create_queue(QueueName=f"{cloud.name}-scenario-alerts")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]})})
    subscription = cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
    try:
        file = cloud.work / "airports.csv"
        file.write_text("IATA_CODE,NAME\nABC,Somewhere\n")
        cloud.load(file, "flights/airports.csv", "airports")
        alerts = wait("the alert", lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"))
        text = json.loads(alerts[0]["Body"])["Message"]
        for part in (f"s3://{cloud.landing}/flights/airports.csv", "Dataset: airports", "What to do:"):
            equal(f"the alert contains {part!r}", True, part in text)
    finally:
        cloud.client("sns").unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
        sqs.delete_queue(QueueUrl=queue)


@scenario("the landing bucket refuses what no dataset takes", "landing-policy")
def a_foreign_key_is_refused(cloud):
    file = cloud.work / "notes.txt"
    file.write_text("not for Landfall\n")
    try:
        cloud.upload(file, "notes.txt")
    except Failure as refused:
        equal("S3 gives the reason", True, "AccessDenied" in str(refused))
    else:
        raise Failure("s3://.../notes.txt was taken, though no dataset takes its key")


# Tracking events -> lake -> catalog


@scenario("tracking events are rows in Athena")
def tracking_events_are_rows(cloud):
    folder = cloud.work / "tracking"
    seed = int(time.time())
    cloud.landfall("sample", "web-events", "--events", cloud.events, "--seed", seed, "--malformed", 0, "--out", folder)
    expected = json.loads((folder / "expected.json").read_text())["tables"]
    before = rows_by_table(cloud, expected)
    where = ["--url", cloud.collector, "--write-key", cloud.write_key]
    cloud.landfall("track", folder / "events.ndjson", *where, *cloud.track)

    def arrived():
        now = rows_by_table(cloud, expected)
        return {table: now[table] - before[table] for table in expected}

    wait("the rows of what was sent", arrived, 240, expected)
    days = cloud.athena_by_cli("select dt, count(*) from posts group by dt")
    equal("posts have their days", True, sum(int(count) for _, count in days) >= expected["posts"])

    def registered():
        pages = cloud.client("glue").get_paginator("get_partitions").paginate(DatabaseName=cloud.database, TableName="posts")
        return {partition["Values"][0] for page in pages for partition in page["Partitions"]}

    wait("the catalog's partitions of posts", registered, expected={day for day, _ in days})


def rows_by_table(cloud, tables):
    """Events by table, without repetitions; a table that is not there has none."""
    glue = cloud.client("glue")
    pages = glue.get_paginator("get_tables").paginate(DatabaseName=cloud.database)
    there = {table["Name"] for page in pages for table in page["TableList"]}
    counts = {table: 0 for table in tables}
    for table in sorted(there & set(tables)):
        counts[table] = int(cloud.athena(f'select count(distinct message_id) from "{table}"')[0][0])
    return counts


@scenario("a quarantined record is replayed, and is a row")
def what_was_kept_is_put_back(cloud):
    # As Firehose keeps what it could not have transformed.
    identity = f"quarantined-{time.time_ns()}"
    event = {"type": "track", "event": "Scenario Replayed", "userId": "u-1", "messageId": identity}
    event["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    quarantined = {
        "attemptsMade": 4, "arrivalTimestamp": time.time_ns() // 1_000_000, "errorCode": "Lambda.FunctionError",
        "errorMessage": "The function failed.", "rawData": base64.b64encode(json.dumps(event).encode()).decode(),
    }  # fmt: skip
    s3, folder = cloud.client("s3"), "web-data/errors/scenario"
    s3.put_object(Bucket=cloud.lake, Key=f"{folder}/{identity}", Body=gzip.compress(json.dumps(quarantined).encode()))
    replay = ["replay", "--aws", "--json", f"{folder}/"]
    for dry in (["--dry-run"], []):
        listed = json.loads(cloud.landfall(*replay, *dry))
        equal("what is quarantined", {"Lambda.FunctionError: The function failed.": 1}, listed["reasons"])
    equal("what is quarantined afterwards", "", cloud.landfall(*replay))
    moved = s3.list_objects_v2(Bucket=cloud.lake, Prefix=f"web-data/replayed/errors/scenario/{identity}")["KeyCount"]
    equal("it is below replayed/", 1, moved)

    table = "other_track_scenario_replayed"  # no pipeline declares one

    def row():
        if rows_by_table(cloud, [table])[table] == 0:
            return 0
        return int(cloud.athena(f"select count(*) from {table} where message_id = '{identity}'")[0][0])

    wait("its row", row, 240, 1)


@scenario("a record that cannot be read is quarantined unchanged", "errors")
def a_broken_record_is_kept(cloud):
    record = f"no JSON, {time.time()}".encode()
    cloud.client("kinesis").put_record(StreamName=cloud.stream, PartitionKey="x", Data=record)
    s3, encoded = cloud.client("s3"), base64.b64encode(record)

    def quarantined():
        listed = s3.list_objects_v2(Bucket=cloud.lake, Prefix="web-data/errors/").get("Contents", [])
        bodies = (s3.get_object(Bucket=cloud.lake, Key=found["Key"])["Body"].read() for found in listed)
        return any(encoded in (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body) for body in bodies)

    wait("the record below errors/", quarantined, 240)
