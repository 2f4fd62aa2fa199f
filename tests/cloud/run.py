"""Deploys Landfall to kinds of clouds and runs the scenarios of scenarios.py against each.

    run.py [TARGET ...]        by default embedded, ministack-terraform, ministack-sam, localstack; two at a time
    run.py --jobs 1 [...]      one after another, as for figures
    run.py --keep TARGET       deploys only, prints how to reach it, and waits for Ctrl-C
    LANDFALL_LIVE=1 run.py account    against a deployment in an AWS account that the environment names

What it needs is built before: the command line and the functions' zips; `make scenarios` does that.
"""

import argparse
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
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
    """What passed, failed and was skipped, reported as it happens."""

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


    def close(self):
        """The lines that end a run; its exit code."""
        for line in self.skipped:
            print(f"skipped: {line}")
        print(f"{self.passed} passed, {self.failed} failed, {len(self.skipped)} skipped", flush=True)
        return 1 if self.failed else 0


class Processes:
    """Targets that run at the same time, each in a process of its own: they share no signal and no mistake."""

    def __init__(self, report):
        self.report, self.lock, self.running, self.is_ending = report, threading.Lock(), set(), False

    def run(self, commands, jobs):
        waiting = queue.SimpleQueue()
        for command in commands.items():
            waiting.put(command)
        workers = [threading.Thread(target=self.work, args=(waiting,)) for _ in range(jobs)]
        for worker in workers:
            worker.start()
        try:
            while any(worker.is_alive() for worker in workers):
                time.sleep(0.1)
        except KeyboardInterrupt:
            with self.lock:
                self.is_ending = True
                for process in self.running:
                    process.send_signal(signal.SIGINT)
            for worker in workers:
                worker.join()
            raise

    def work(self, waiting):
        while True:
            try:
                name, command = waiting.get_nowait()
            except queue.Empty:
                return
            with self.lock:
                if self.is_ending:
                    return
                process = subprocess.Popen(
                    command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
                )
                self.running.add(process)
            counts = self.follow(name, process)
            code = process.wait()
            with self.lock:
                self.running.discard(process)
                if self.is_ending:
                    return
                if counts is None or (code != 0 and counts[1] == 0):
                    self.report.failed += 1
                    print(f"FAILED  {name} ended with {code} before it had counted", flush=True)
                if counts is not None:
                    self.report.passed += counts[0]
                    self.report.failed += counts[1]

    def follow(self, name, process):
        """Reports what a target reports, each line with its name; what it passed and failed, if it came to its end."""
        counts = None
        for line in process.stdout:
            line = line.rstrip("\n")
            found = re.fullmatch(r"(\d+) passed, (\d+) failed, \d+ skipped", line)
            with self.lock:
                if found:
                    counts = int(found[1]), int(found[2])
                elif line.startswith("skipped: "):
                    self.report.skipped.append(line.removeprefix("skipped: "))
                elif re.match(r"(==|ok|FAILED|skipped) ", line):
                    print(line, flush=True)
                elif line:
                    print(f"    {name}: {line}", flush=True)
        return counts


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
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="how many targets run at the same time; 2 if absent")
    parser.add_argument("--optional", action="store_true", help="a target that cannot run here is skipped, also if it is named")
    parser.add_argument("--landfall", required=True, type=Path, help="the command line")
    parser.add_argument("--zips", required=True, type=Path, help="the folder with <function>/bootstrap.zip, and pipelines.zip")
    arguments = parser.parse_args()
    targets = arguments.targets or DEFAULT
    unknown = [name for name in targets if name not in TARGETS]
    if unknown or (arguments.keep and len(targets) != 1):
        parser.error(f"the targets are {', '.join(TARGETS)}" if unknown else "--keep takes one target")
    if arguments.jobs < 1:
        parser.error("--jobs is at least 1")
    report, is_optional = Report(), arguments.optional or not arguments.targets
    tools = ["--landfall", str(arguments.landfall), "--zips", str(arguments.zips)]
    if len(targets) > 1 and arguments.jobs > 1:
        command = [sys.executable, __file__, *tools, *(["--optional"] if is_optional else [])]
        Processes(report).run({name: [*command, name] for name in targets}, arguments.jobs)
        return report.close()
    programs = {"landfall": arguments.landfall, "zips": arguments.zips, "aws": Path(sys.executable).with_name("aws")}
    for name in targets:
        with tempfile.TemporaryDirectory(prefix=f"landfall-{name}-") as work:
            if arguments.keep:
                return keep(name, Path(work), programs)
            run_target(name, Path(work), programs, report, not is_optional)
            print(flush=True)
    return report.close()


if __name__ == "__main__":
    os.environ.pop("AWS_PROFILE", None)
    # Whoever ends it, what was started and deployed is taken down.
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("interrupted: what was started and deployed is taken down", file=sys.stderr)
        sys.exit(130)
