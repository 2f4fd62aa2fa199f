"""The benchmark behind scripts/bench-flights.sh, which sets LANDFALL to the binary. Linux only: memory is read from /proc."""

import argparse
import datetime
import glob
import json
import os
import platform
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import boto3
import psycopg2
from botocore.config import Config

ROOT = Path(__file__).resolve().parent.parent
LANDFALL = os.environ["LANDFALL"]
FILES = {"airlines": "airlines.json", "airports": "airports.csv", "flights": "flights.csv"}
COUNT_FLIGHTS = "select count(*) from flights.flights"
# What both databases must agree on, so that the same was loaded.
SUMS = "select count(*), sum(distance), sum(arrival_delay), count(tail_number), count(cancellation_reason) from flights.flights"
DETAILS = "select count(*) from flights.flights_details"
AGGREGATE = """select airline, sum(delayed_flights), sum(arrival_delay_sum), avg(arrival_delay_avg)
from flights.delayed_flights_agg group by airline order by airline"""
# Sees whether there are rows, and costs next to nothing.
PROBE = "select count(*) from (select 1 from flights.flights limit 1) as t"


class Memory(threading.Thread):
    """The peak of a process: all of it as the kernel counted (VmHWM), and its own pages alone, sampled (RssAnon)."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.ended, self.peak, self.own = pid, threading.Event(), 0, 0
        self.start()

    def run(self):
        while not self.ended.wait(0.02) and self.sample():
            pass

    def sample(self):
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        sizes = dict(re.findall(r"^(VmHWM|RssAnon):\s+(\d+) kB", status, re.M))
        self.peak = max(self.peak, int(sizes.get("VmHWM", 0)))
        self.own = max(self.own, int(sizes.get("RssAnon", 0)))
        return bool(sizes)

    def stop(self):
        self.sample()
        self.ended.set()
        return self.peak / 1024, self.own / 1024


class Reader(threading.Thread):
    """Somebody who looks at the table again and again while it is loaded."""

    def __init__(self, probe):
        super().__init__(daemon=True)
        self.probe, self.ended, self.times, self.empty, self.failure = probe, threading.Event(), [], 0, None
        self.start()

    def run(self):
        try:
            while not self.times or not self.ended.wait(0.1):
                begin = time.monotonic()
                self.empty += self.probe() == 0
                self.times.append(time.monotonic() - begin)
        except Exception as failure:  # raised by stop(), in the caller's thread
            self.failure = failure

    def stop(self):
        self.ended.set()
        self.join()
        if self.failure:
            raise self.failure
        return {"reads": len(self.times), "longest": max(self.times), "empty": self.empty}


# What was started and must not outlive this program.
started = []


def start(command, **options):
    process = subprocess.Popen([str(part) for part in command], **options)
    started.append(process)
    return process


def timed(action):
    begin = time.monotonic()
    result = action()
    return time.monotonic() - begin, result


class Landfall:
    """`landfall local` in one process, and `landfall load` in another."""

    def __init__(self, work, memory_mib):
        self.options = ["--state", str(work / "state"), "--pipelines", str(ROOT / "pipelines")]
        (work / "inbox").mkdir()
        self.log = open(work / "local.out", "w+")
        services = ("s3", "redshift", "events", "kinesis", "glue", "collector")
        ports = [word for service in services for word in (f"--{service}-port", "0")]
        command = [LANDFALL, "local", *self.options, *ports, "--folder", str(work / "inbox"), "--warehouse-memory", str(memory_mib)]
        self.process = start(command, stdout=self.log, stderr=subprocess.STDOUT)
        endpoints = work / "state/endpoints.json"
        self.await_start(work / "local.out")
        self.client = boto3.client(
            "redshift-data", endpoint_url=json.loads(endpoints.read_text())["redshift"], region_name="us-east-1",
            aws_access_key_id="local", aws_secret_access_key="local", config=Config(proxies={}),
        )
        self.memory = Memory(self.process.pid)

    def await_start(self, log):
        while "stands for the landing bucket" not in log.read_text():
            if self.process.poll() is not None:
                sys.exit("landfall local did not start:\n" + log.read_text())
            time.sleep(0.05)

    def load(self, file):
        """Uploads a file and waits for its outcome, as a person would with `landfall load`."""
        command = [LANDFALL, "load", *self.options, "--json", str(file)]
        process = start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        memory = Memory(process.pid)
        out, err = process.communicate()
        outcome = json.loads(out)[0] if out.strip() else {"outcome": err}
        if process.returncode or outcome["outcome"] != "loaded":
            sys.exit(f"{file} was not loaded: {outcome}")
        return {"warehouse": outcome["duration_ms"] / 1000, "rows": outcome["rows"], "memory": memory.stop()}

    def query(self, sql):
        statement = self.client.execute_statement(WorkgroupName="local", Database="dev", Sql=sql)["Id"]
        while (status := self.client.describe_statement(Id=statement))["Status"] not in ("FINISHED", "FAILED", "ABORTED"):
            time.sleep(0.01)
        if status["Status"] != "FINISHED":
            sys.exit(f"{sql}: {status.get('Error')}")
        records = self.client.get_statement_result(Id=statement)["Records"]
        return [[next(iter(field.values())) for field in row] for row in records]

    def stop(self):
        memory = self.memory.stop()
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        return memory


class Postgres:
    """A PostgreSQL of its own in a temporary folder, reached by a socket only."""

    def __init__(self, work):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
        self.programs = Path(found[-1] if found else Path(shutil.which("initdb") or "").parent)
        if not (self.programs / "initdb").exists():
            sys.exit("no PostgreSQL was found: install it, or put initdb and postgres into PATH")
        self.folder = work / "postgres"
        self.folder.mkdir()
        self.user = self.other_than_root()
        if self.user:
            shutil.chown(self.folder, self.user)
        data = self.folder / "data"
        self.call("initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C").check_returncode()
        settings = {"listen_addresses": "", "unix_socket_directories": self.folder, "shared_buffers": "1GB", "max_wal_size": "8GB"}
        options = [text for name, value in settings.items() for text in ("-c", f"{name}={value}")]
        self.log = open(work / "postgres.out", "w+")
        command = [self.programs / "postgres", "-D", data, *options]
        self.process = start(command, stdout=self.log, stderr=subprocess.STDOUT, user=self.user, cwd=self.folder)
        self.connection = self.connect(patience=60)
        self.memory = Memory(self.connection.info.backend_pid)

    @staticmethod
    def other_than_root():
        """PostgreSQL refuses to run as root."""
        if os.getuid() != 0:
            return None
        names = {entry.pw_name for entry in pwd.getpwall()}
        return next(name for name in ("postgres", "nobody") if name in names)

    def call(self, program, *arguments):
        return subprocess.run([self.programs / program, *arguments], user=self.user, cwd=self.folder, capture_output=True, text=True)

    def connect(self, patience=0):
        limit = time.monotonic() + patience
        while True:
            try:
                return psycopg2.connect(host=str(self.folder), user="bench", dbname="postgres")
            except psycopg2.OperationalError:
                if time.monotonic() > limit or self.process.poll() is not None:
                    self.log.seek(0)
                    print(self.log.read(), file=sys.stderr)
                    raise
                time.sleep(0.05)

    def create(self):
        """The pipeline's tables and views, without what only Redshift has."""
        folder = ROOT / "pipelines/flights"
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute("create schema flights")
            for file in sorted(folder.glob("tables/*.sql")):
                ddl = re.sub(r"\)\s*DISTSTYLE.*?;", ");", file.read_text(), flags=re.S)
                cursor.execute(ddl)
            for name in ("flights_details", "delayed_flights_agg"):
                cursor.execute((folder / f"views/{name}.sql").read_text().replace("WITH NO SCHEMA BINDING", ""))

    def load(self, table, file):
        """The old way: empty the table, copy the file into it, commit."""
        with self.connection, self.connection.cursor() as cursor, open(file, "rb") as source:
            cursor.execute(f"truncate flights.{table}")
            cursor.copy_expert(f"copy flights.{table} from stdin with (format csv, header true, null '')", source, size=1 << 20)

    def query(self, sql, connection=None):
        connection = connection or self.connection
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return [list(row) for row in cursor.fetchall()]

    def stop(self):
        memory = self.memory.stop()
        self.connection.close()
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        return memory


def with_reader(probe, action):
    """Runs an action while somebody reads."""
    reader = Reader(probe)
    seconds, result = timed(action)
    return seconds, result, reader.stop()


def measure_landfall(work, files, memory_mib):
    landfall = Landfall(work, memory_mib)
    for name in ("airlines", "airports"):
        landfall.load(files / FILES[name])
    figures = {}
    figures["first"], first = timed(lambda: landfall.load(files / FILES["flights"]))
    probe = lambda: landfall.query(PROBE)[0][0]
    figures["again"], again, figures["reader"] = with_reader(probe, lambda: landfall.load(files / FILES["flights"]))
    figures["warehouse"] = first["warehouse"]
    figures["client"] = max(first["memory"], again["memory"])
    figures |= views(landfall.query)
    figures["server"] = landfall.stop()
    figures["disk"] = (work / "state/warehouse.duckdb").stat().st_size
    return figures


def measure_postgres(work, files):
    postgres = Postgres(work)
    postgres.create()
    airlines = json.loads((files / FILES["airlines"]).read_text())
    with postgres.connection, postgres.connection.cursor() as cursor:
        cursor.executemany("insert into flights.airlines values (%(IATA_CODE)s, %(AIRLINE)s)", airlines)
    postgres.load("airports", files / FILES["airports"])
    figures = {}
    load = lambda: postgres.load("flights", files / FILES["flights"])
    figures["first"], _ = timed(load)
    other = postgres.connect()
    figures["again"], _, figures["reader"] = with_reader(lambda: postgres.query(PROBE, other)[0][0], load)
    other.close()
    figures |= views(postgres.query)
    figures["disk"] = postgres.query("select pg_total_relation_size('flights.flights')")[0][0]
    figures["server"] = postgres.stop()
    return figures


def views(query):
    figures = {}
    figures["count"], _ = timed(lambda: query(COUNT_FLIGHTS))
    figures["details"], details = timed(lambda: query(DETAILS))
    figures["aggregate"], rows = timed(lambda: query(AGGREGATE))
    numbers = lambda row: [int(value) for value in row]
    figures["sums"] = {"flights": numbers(query(SUMS)[0]), "details": numbers(details[0]), "late": [[r[0], *numbers(r[1:3])] for r in rows]}
    return figures


def machine():
    model = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) / 1024**2
    return f"{len(os.sched_getaffinity(0))} cores ({model[1] if model else platform.machine()}), {memory:.0f} GiB of memory, {platform.system()}"


def report(rows, size, made, memory_mib, ours, theirs, versions):
    rate = lambda figures: f"{rows / figures['first']:,.0f}"
    ratio = lambda name: f"{theirs[name] / ours[name]:.2f}"
    seconds = lambda name: f"| {ours[name]:.2f} s | {theirs[name]:.2f} s | {ratio(name)} |"
    mib = lambda pair: f"{pair[0]:,.0f} MiB ({pair[1]:,.0f} MiB without mapped files)"
    read = lambda reader: f"{reader['reads']} reads, longest {reader['longest']:.2f} s, {reader['empty']} of them of an empty table"
    beyond = max(0, ours["server"][0] - memory_mib)
    return "\n".join([
        f"{datetime.date.today()}, {machine()}; {versions}.",
        f"{rows:,} flights, {size / 1e6:,.1f} MB, made in {made:.1f} s.",
        "",
        "| what | Landfall | psycopg2 and PostgreSQL | ratio |",
        "|---|---:|---:|---:|",
        f"| load into the empty table, from the file on disk to visible rows {seconds('first')}",
        f"| rows per second | {rate(ours)} | {rate(theirs)} | {ratio('first')} |",
        f"| of it in the warehouse: transaction with COPY and checks | {ours['warehouse']:.2f} s | | |",
        f"| replace the full table while somebody reads {seconds('again')}",
        f"| what that reader saw | {read(ours['reader'])} | {read(theirs['reader'])} | |",
        f"| `select count(*)` of flights_details {seconds('details')}",
        f"| delayed_flights_agg, summed by airline {seconds('aggregate')}",
        f"| peak memory of the loading process | {mib(ours['client'])} | | |",
        f"| peak memory of the process with S3, queue, functions and DuckDB (limit {memory_mib} MiB) | {mib(ours['server'])} | | |",
        f"| of it beyond DuckDB's limit | {beyond:,.0f} MiB | | |",
        f"| peak memory of the database's process | | {mib(theirs['server'])} | |",
        f"| the table on disk | {ours['disk'] / 1e6:,.0f} MB | {theirs['disk'] / 1e6:,.0f} MB | {theirs['disk'] / ours['disk']:.2f} |",
    ])


def versions():
    output = lambda *command: subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    duckdb = (ROOT / ".duckdb/version").read_text().split("-")[0]
    postgres = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda path: int(path.split("/")[4])) or ["postgres"]
    return ", ".join([
        output(LANDFALL, "--version"), f"DuckDB {duckdb}", " ".join(output("rustc", "--version").split()[:2]),
        "PostgreSQL " + output(postgres[-1], "--version").split()[2], f"psycopg2 {psycopg2.__version__.split()[0]}",
        f"Python {platform.python_version()}",
    ])


def write(text):
    """Puts the figures between the two marks of the page."""
    page = ROOT / "docs/BENCHMARKS.md"
    begin, end = "<!-- figures: written by scripts/bench-flights.sh --write -->", "<!-- end of figures -->"
    before, rest = page.read_text(encoding="utf-8").split(begin)
    page.write_text(f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}", encoding="utf-8")
    print(f"\nwritten to {page.relative_to(ROOT)}")


def main():
    parser = argparse.ArgumentParser(description="Loads flights with Landfall and the old way, and compares.")
    parser.add_argument("--rows", type=int, default=5_819_079, help="how many flights (default: those of the full year)")
    parser.add_argument("--warehouse-memory", type=int, default=512, metavar="MIB", help="DuckDB's memory limit (default: 512)")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/BENCHMARKS.md")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="landfall-bench-") as folder:
        work = Path(folder)
        work.chmod(0o711)  # the user that PostgreSQL runs as must reach its folder in it
        print(f"making {args.rows:,} flights", flush=True)
        sample = [LANDFALL, "sample", "flights", "--rows", str(args.rows), "--out", str(work / "files")]
        made, _ = timed(lambda: subprocess.run(sample, check=True, stdout=subprocess.DEVNULL))
        files = work / "files/flights"
        size = (files / FILES["flights"]).stat().st_size
        print("loading them with Landfall", flush=True)
        ours = measure_landfall(work, files, args.warehouse_memory)
        shutil.rmtree(work / "state")
        print("loading them with psycopg2 into PostgreSQL", flush=True)
        theirs = measure_postgres(work, files)
    if ours["sums"] != theirs["sums"]:
        sys.exit(f"the two databases differ:\n{ours['sums']}\n{theirs['sums']}")
    if ours["sums"]["flights"][0] != args.rows:
        sys.exit(f"{ours['sums']['flights'][0]} of {args.rows} flights were loaded")
    text = report(args.rows, size, made, args.warehouse_memory, ours, theirs, versions())
    print("\n" + text)
    if args.write:
        write(text)


if __name__ == "__main__":
    try:
        main()
    finally:
        for process in started:
            if process.poll() is None:
                process.kill()
                process.wait()
