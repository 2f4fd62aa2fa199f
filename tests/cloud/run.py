"""Deploys Landfall to kinds of clouds and runs the scenarios of scenarios.py against each.

    run.py [TARGET ...]        by default embedded, ministack-terraform, ministack-sam, localstack
    run.py --keep TARGET       deploys only, prints how to reach it, and waits for Ctrl-C
    LANDFALL_LIVE=1 run.py account    against a deployment in an AWS account that the environment names

What it needs is built before: the command line and the functions' zips; `make scenarios` does that.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from cloud import Failure
from scenarios import SCENARIOS
from targets import Missing, account, embedded, localstack, ministack_sam, ministack_terraform

TARGETS = {
    "embedded": embedded.start,
    "ministack-terraform": ministack_terraform.start,
    "ministack-sam": ministack_sam.start,
    "localstack": localstack.start,
    "account": account.start,
}
DEFAULT = [name for name in TARGETS if name != "account"]


class Report:
    """What passed, failed and was skipped, told as it happens."""

    def __init__(self):
        self.passed, self.failed, self.skipped = 0, 0, []

    def attempt(self, title, action):
        """Runs one thing; whether it passed."""
        begun = time.monotonic()
        try:
            action()
        except Failure as failure:
            self.failed += 1
            print(f"FAILED  {title}  {time.monotonic() - begun:.1f} s\n    {failure}", flush=True)
            return False
        except Missing:
            raise
        except Exception:
            self.failed += 1
            print(f"FAILED  {title}: a mistake of the test\n{traceback.format_exc()}", flush=True)
            return False
        self.passed += 1
        print(f"ok      {title}  {time.monotonic() - begun:.1f} s", flush=True)
        return True

    def skip(self, title, reason):
        self.skipped.append(f"{title}: {reason}")
        print(f"skipped {title}: {reason}", flush=True)


def run_target(name, work, programs, report, is_named):
    """One target; that it cannot run here is a failure for somebody who named it."""
    print(f"== {name}", flush=True)
    context, deployed = TARGETS[name](work, programs), []
    try:
        if not report.attempt(f"{name}: deployed", lambda: deployed.append(enter(context))):
            return
        cloud = deployed[0]
        for scenario in SCENARIOS:
            title = f"{name}: {scenario.title}"
            lacking = sorted(scenario.needs - cloud.has)
            if lacking:
                report.skip(title, f"this target has no {', '.join(lacking)}")
            else:
                report.attempt(title, lambda: scenario.run(cloud))
        for title, check in cloud.checks:
            report.attempt(f"{name}: {title}", check)
        report.attempt(f"{name}: taken down, and nothing is left", lambda: context.__exit__(None, None, None))
    except Missing as missing:
        if is_named:
            report.failed += 1
            print(f"FAILED  {name} cannot run here: {missing}", flush=True)
        else:
            report.skip(name, str(missing))


def enter(context):
    return context.__enter__()


def keep(name, work, programs):
    """Deploys to a target and leaves it there until somebody has seen enough."""
    with TARGETS[name](work, programs) as cloud:
        print(f"{name} is deployed. For the AWS CLI and `landfall --aws` in another shell:\n")
        for variable, value in sorted(cloud.environment.items()):
            print(f"  export {variable}={value}")
        print(f"\nTracking calls: landfall track FILE --url {cloud.collector} --write-key {cloud.write_key}")
        print("Ctrl-C takes it down.", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print("taking it down")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--keep", action="store_true", help="deploy one target and wait")
    parser.add_argument("--landfall", required=True, type=Path, help="the command line")
    parser.add_argument("--zips", required=True, type=Path, help="the folder with <function>/bootstrap.zip, and pipelines.zip beside it")
    arguments = parser.parse_args()
    targets = arguments.targets or DEFAULT
    unknown = [name for name in targets if name not in TARGETS]
    if unknown or (arguments.keep and len(targets) != 1):
        parser.error(f"the targets are {', '.join(TARGETS)}" if unknown else "--keep takes one target")
    programs = {"landfall": arguments.landfall, "zips": arguments.zips, "aws": Path(sys.executable).with_name("aws")}
    report = Report()
    for name in targets:
        with tempfile.TemporaryDirectory(prefix=f"landfall-{name}-") as work:
            if arguments.keep:
                return keep(name, Path(work), programs)
            run_target(name, Path(work), programs, report, bool(arguments.targets))
            print(flush=True)
    for line in report.skipped:
        print(f"skipped: {line}")
    print(f"{report.passed} passed, {report.failed} failed, {len(report.skipped)} skipped")
    return 1 if report.failed else 0


if __name__ == "__main__":
    os.environ.pop("AWS_PROFILE", None)
    # Whoever ends it, what was started and deployed is taken down.
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, signal.default_int_handler)
    sys.exit(main())
