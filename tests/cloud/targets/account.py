"""An AWS account in which Landfall is deployed already; docs/deploying.md describes how.

It replaces the tables of the pipeline flights and adds tracking events: use a deployment that is there for tests. The
environment names it: the output `environment`, and LANDFALL_COLLECT_URL and LANDFALL_WRITE_KEY; AWS credentials as the AWS
CLI finds them.
"""

import contextlib
import os

from cloud import Cloud
from targets import Missing

NEEDED = (
    "AWS_REGION", "LANDFALL_LANDING_BUCKET", "LANDFALL_LAKE_BUCKET", "LANDFALL_EVENT_BUS", "LANDFALL_COPY_ROLE",
    "LANDFALL_WORKGROUP", "LANDFALL_DATABASE", "LANDFALL_STREAM", "LANDFALL_GLUE_DATABASE", "LANDFALL_COLLECT_URL",
    "LANDFALL_WRITE_KEY",
)  # fmt: skip


@contextlib.contextmanager
def start(work, programs):
    if os.environ.get("LANDFALL_LIVE") != "1":
        raise Missing("LANDFALL_LIVE is not 1")
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        raise Missing(f"{', '.join(missing)} not set")
    names = {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "LANDFALL_"))}
    yield Cloud(
        work=work,
        programs=programs,
        environment=names,
        collector=os.environ["LANDFALL_COLLECT_URL"],
        write_key=os.environ["LANDFALL_WRITE_KEY"],
        has={"load-queue", "alerts", "athena", "landing-policy", "errors"},
    )
