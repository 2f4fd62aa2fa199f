"""`landfall local`, and what it prints of itself: the part that targets share which start it."""

import contextlib
import re

from cloud import Cloud
from processes import running


@contextlib.contextmanager
def started(work, programs, arguments, has, events=300):
    """Starts it with these arguments on free ports; yields the cloud that it runs, or the external one."""
    ports = [f"--{name}-port=0" for name in ("s3", "redshift", "events", "kinesis", "glue", "collector")]
    command = [programs["landfall"], "local", *ports, f"--state={work / 'state'}", f"--folder={work / 'inbox'}", "--pipelines=pipelines"]
    log = work / "landfall-local.log"
    with running("landfall local", [*command, *arguments], None, log, r"stands for the landing bucket"):
        printed = log.read_text()

        def found(pattern):
            return re.search(pattern, printed, re.MULTILINE).groups()

        landing, lake = found(r"^S3 .* buckets (\S+) and (\S+)$")
        workgroup, database = found(r"workgroup (\S+), database (\S+)$")
        names = {
            "LANDFALL_LANDING_BUCKET": landing,
            "LANDFALL_LAKE_BUCKET": lake,
            "LANDFALL_EVENT_BUS": found(r"^EventBridge .* bus (\S+)$")[0],
            "LANDFALL_COPY_ROLE": "default",
            "LANDFALL_WORKGROUP": workgroup,
            "LANDFALL_DATABASE": database,
            "LANDFALL_STREAM": found(r"^Kinesis .* stream (\S+)$")[0],
            "LANDFALL_GLUE_DATABASE": found(r"^Glue .* database (\S+)$")[0],
        }
        collector, write_key = found(r"^collector +(\S+) +write key (\S+)$")
        yield Cloud(
            work=work,
            programs=programs,
            environment=dict(re.findall(r"^ *export (AWS_\w+)=(\S+)$", printed, re.MULTILINE)) | names,
            collector=collector.rstrip("/") + "/",
            write_key=write_key,
            has=has,
            events=events,
        )
