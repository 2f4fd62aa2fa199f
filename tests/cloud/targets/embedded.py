"""`landfall local`: everything in one process, the functions' handlers among it."""

import contextlib
import re

from cloud import Cloud
from processes import running


@contextlib.contextmanager
def start(work, programs):
    ports = [f"--{name}-port=0" for name in ("s3", "redshift", "events", "kinesis", "glue", "collector")]
    command = [programs["landfall"], "local", *ports, f"--state={work / 'state'}", f"--folder={work / 'inbox'}", "--pipelines=pipelines"]
    log = work / "landfall-local.log"
    with running("landfall local", command, None, log, r"stands for the landing bucket"):
        printed = log.read_text()
        environment = dict(re.findall(r"^ *export (AWS_\w+)=(\S+)$", printed, re.MULTILINE))
        environment["AWS_ENDPOINT_URL_EVENTBRIDGE"] = re.search(r"^EventBridge +(\S+)", printed, re.MULTILINE)[1]
        yield Cloud(
            work=work,
            programs=programs,
            environment=environment
            | {
                "LANDFALL_LANDING_BUCKET": "landing",
                "LANDFALL_LAKE_BUCKET": "lake",
                "LANDFALL_EVENT_BUS": "landfall",
                "LANDFALL_COPY_ROLE": "default",
                "LANDFALL_WORKGROUP": "local",
                "LANDFALL_DATABASE": "dev",
                "LANDFALL_STREAM": "web-events",
                "LANDFALL_GLUE_DATABASE": "web_events",
            },
            collector=re.search(r"^collector +(\S+)", printed, re.MULTILINE)[1].rstrip("/") + "/",
            write_key="local",
            has={"landing-policy", "errors"},
        )
