"""boto3, as a user would use it, against `landfall redshift`.

    LANDFALL=<the binary> python tests/clients/test_boto3.py
"""

import csv
import io
import os
import subprocess
import sys
import time
import unittest
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

LIMIT = 60.0
HERE = {"WorkgroupName": "local", "Database": "dev"}
DIGITS = "(" + " union all ".join(f"select {n} as n" for n in range(10)) + ")"


def setUpModule():
    global server, client
    server = subprocess.Popen(
        [os.environ["LANDFALL"], "redshift", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    first = server.stdout.readline()
    if "http://" not in first:
        raise RuntimeError("landfall redshift did not start: " + first + server.stdout.read())
    client = boto3.client(
        "redshift-data",
        endpoint_url=first.split()[-1],
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def tearDownModule():
    client.close()
    server.send_signal(subprocess.signal.SIGINT)
    server.wait(timeout=LIMIT)
    server.stdout.close()


def await_status(statement, *statuses):
    """The answer of DescribeStatement once the statement has one of these statuses."""
    deadline = time.monotonic() + LIMIT
    while True:
        described = client.describe_statement(Id=statement)
        if described["Status"] in statuses:
            return described
        if time.monotonic() > deadline:
            raise AssertionError(f"{statement} is {described['Status']} after {LIMIT} s, not {statuses}")
        time.sleep(0.01)


def ended(statement):
    return await_status(statement, "FINISHED", "FAILED", "ABORTED")


def run(sql, **members):
    """Runs one statement to its end, which must be a good one; its description."""
    target = {} if "SessionId" in members else HERE
    described = ended(client.execute_statement(Sql=sql, **target, **members)["Id"])
    if described["Status"] != "FINISHED":
        raise AssertionError(f"{sql}: {described['Status']}: {described.get('Error')}")
    return described


def rows(statement):
    """All records of a statement, page by page, as Python values."""
    found = []
    for page in client.get_paginator("get_statement_result").paginate(Id=statement):
        found += [[None if "isNull" in field else next(iter(field.values())) for field in row] for row in page["Records"]]
    return found


def query(sql, **members):
    return rows(run(sql, **members)["Id"])


def fresh(prefix="t"):
    return f"{prefix}_{uuid.uuid4().hex[:12]}"


class Statements(unittest.TestCase):
    def test_execute_and_describe(self):
        name = fresh("name")
        sent = client.execute_statement(Sql="select 1 as one", StatementName=name, **HERE)
        self.assertEqual((sent["WorkgroupName"], sent["Database"]), ("local", "dev"))
        self.assertIsNotNone(sent["CreatedAt"].tzinfo)
        described = ended(sent["Id"])
        self.assertEqual(described["Status"], "FINISHED")
        self.assertEqual(described["QueryString"], "select 1 as one")
        self.assertTrue(described["HasResultSet"])
        self.assertEqual(described["ResultRows"], 1)
        self.assertGreater(described["ResultSize"], 0)
        self.assertGreater(described["Duration"], 0)
        self.assertGreater(described["RedshiftPid"], 0)
        self.assertGreaterEqual(described["UpdatedAt"], described["CreatedAt"])

    def test_every_type_arrives_in_its_field(self):
        cases = [
            ("cast(-7 as smallint)", "int2", {"longValue": -7}),
            ("cast(8 as integer)", "int4", {"longValue": 8}),
            ("cast(9223372036854775807 as bigint)", "int8", {"longValue": 9223372036854775807}),
            ("cast(12.30 as decimal(8, 2))", "numeric", {"stringValue": "12.30"}),
            ("cast(0.5 as real)", "float4", {"doubleValue": 0.5}),
            ("cast(0.25 as double precision)", "float8", {"doubleValue": 0.25}),
            ("cast(1 as boolean)", "bool", {"booleanValue": True}),
            ("cast('Zürich, 東京' as varchar(40))", "varchar", {"stringValue": "Zürich, 東京"}),
            ("cast('' as varchar(1))", "varchar", {"stringValue": ""}),
            ("cast('2015-01-31' as date)", "date", {"stringValue": "2015-01-31"}),
            ("cast('2015-01-31 23:59:58' as timestamp)", "timestamp", {"stringValue": "2015-01-31 23:59:58"}),
            ("cast('2015-01-31 23:59:58+00' as timestamptz)", "timestamptz", {"stringValue": "2015-01-31 23:59:58+00"}),
            ("cast('23:59:58' as time)", "time", {"stringValue": "23:59:58"}),
            ("cast(null as integer)", "int4", {"isNull": True}),
        ]
        described = run("select " + ", ".join(f"{sql} as c{n}" for n, (sql, _, _) in enumerate(cases)))
        result = client.get_statement_result(Id=described["Id"])
        self.assertEqual(result["TotalNumRows"], 1)
        for (sql, type_name, field), column, found in zip(cases, result["ColumnMetadata"], result["Records"][0], strict=True):
            with self.subTest(sql):
                self.assertEqual(found, field)
                self.assertEqual(column["typeName"], type_name)
        self.assertEqual([c["label"] for c in result["ColumnMetadata"]], [f"c{n}" for n in range(len(cases))])

    def test_columns_of_a_table_have_their_declared_types(self):
        table = fresh()
        run(f"create table {table} (c char(2), v varchar(7), d decimal(9, 3))")
        run(f"insert into {table} values ('ab', 'cd', 1.5)")
        result = client.get_statement_result(Id=run(f"select * from {table}")["Id"])
        columns = [(c["typeName"], c["length"], c["precision"], c["scale"]) for c in result["ColumnMetadata"]]
        self.assertEqual([columns[0][:2], columns[1][:2], columns[2][::2]], [("bpchar", 2), ("varchar", 7), ("numeric", 9)])
        self.assertEqual(columns[2][3], 3)
        self.assertEqual(result["Records"], [[{"stringValue": "ab"}, {"stringValue": "cd"}, {"stringValue": "1.500"}]])

    def test_results_come_in_pages(self):
        sql = f"select a.n + 10 * b.n + 100 * c.n + 1000 * d.n as n from {DIGITS} a, {DIGITS} b, {DIGITS} c, {DIGITS} d order by 1"
        described = run(sql)
        first = client.get_statement_result(Id=described["Id"])
        self.assertIn("NextToken", first)
        self.assertLess(len(first["Records"]), 10_000)
        self.assertEqual(rows(described["Id"]), [[n] for n in range(10_000)])

    def test_csv_results(self):
        described = run("select 1 as n, 'a \"b\", c' as t, cast(null as integer) as x", ResultFormat="CSV")
        self.assertEqual(described["ResultFormat"], "CSV")
        result = client.get_statement_result_v2(Id=described["Id"])
        self.assertEqual(result["ResultFormat"], "CSV")
        text = "".join(record["CSVRecords"] for record in result["Records"])
        self.assertEqual(list(csv.reader(io.StringIO(text)))[-1], ["1", 'a "b", c', ""])
        with self.assertRaises(client.exceptions.ValidationException):
            client.get_statement_result(Id=described["Id"])

    def test_parameters_are_values(self):
        injected = "x' or 1 = 1; drop table t; --"
        parameters = [{"name": "text", "value": injected}, {"name": "number", "value": "41"}]
        sql = "select cast(:text as varchar(80)) as t, cast(:number as integer) + 1 as n"
        self.assertEqual(query(sql, Parameters=parameters), [[injected, 42]])

    def test_changed_rows_are_counted(self):
        table = fresh()
        run(f"create table {table} (n integer, t varchar(4))")
        self.assertEqual(run(f"insert into {table} values (1, 'a'), (2, 'b')")["ResultRows"], 2)
        self.assertEqual(run(f"update {table} set t = 'c' where n = 2")["ResultRows"], 1)
        self.assertFalse(run(f"delete from {table}")["HasResultSet"])

    def test_a_failed_statement_says_why(self):
        described = ended(client.execute_statement(Sql="select * from not_there", **HERE)["Id"])
        self.assertEqual(described["Status"], "FAILED")
        self.assertIn('relation "not_there" does not exist', described["Error"])
        with self.assertRaisesRegex(ClientError, "Query does not have result"):
            client.get_statement_result(Id=described["Id"])

    def test_a_token_runs_once(self):
        table, token = fresh(), str(uuid.uuid4())
        run(f"create table {table} (n integer)")
        sql = f"insert into {table} values (1)"
        ids = {client.execute_statement(Sql=sql, ClientToken=token, **HERE)["Id"] for _ in range(3)}
        self.assertEqual(len(ids), 1)
        self.assertEqual(ended(ids.pop())["Status"], "FINISHED")
        self.assertEqual(query(f"select count(*) from {table}"), [[1]])

    def test_statements_are_listed_by_name(self):
        prefix = fresh("list")
        wanted = {run("select 1", StatementName=f"{prefix}/{n}")["Id"] for n in range(3)}
        failed = client.execute_statement(Sql="select no_such_column", StatementName=f"{prefix}/bad", **HERE)["Id"]
        self.assertEqual(ended(failed)["Status"], "FAILED")
        pages = client.get_paginator("list_statements")
        listed = [s["Id"] for page in pages.paginate(StatementName=prefix, MaxResults=2) for s in page["Statements"]]
        self.assertEqual((len(listed), set(listed)), (3, wanted))
        listed = client.list_statements(StatementName=prefix, Status="FAILED")["Statements"]
        self.assertEqual([s["Id"] for s in listed], [failed])

    def test_a_waiting_statement_is_cancelled(self):
        table = fresh()
        run(f"create table {table} (n integer)")
        holder = run("begin", SessionKeepAliveSeconds=60)["SessionId"]
        run(f"lock {table}", SessionId=holder)
        waiting = client.execute_statement(Sql=f"select * from {table}", **HERE)["Id"]
        await_status(waiting, "STARTED")
        self.assertTrue(client.cancel_statement(Id=waiting)["Status"])
        self.assertEqual(ended(waiting)["Status"], "ABORTED")
        run("rollback", SessionId=holder)
        self.assertEqual(query(f"select * from {table}"), [])
        with self.assertRaises(client.exceptions.ValidationException):
            client.cancel_statement(Id=waiting)


class Batches(unittest.TestCase):
    def test_an_error_in_the_middle_keeps_nothing(self):
        table = fresh()
        run(f"create table {table} (n integer)")
        sqls = [f"insert into {table} values (1)", "select cast('x' as integer)", f"insert into {table} values (2)"]
        batch = client.batch_execute_statement(Sqls=sqls, **HERE)["Id"]
        described = ended(batch)
        self.assertEqual(described["Status"], "FAILED")
        parts = described["SubStatements"]
        self.assertEqual([part["Id"] for part in parts], [f"{batch}:{n}" for n in (1, 2, 3)])
        self.assertEqual([part["Status"] for part in parts], ["FINISHED", "FAILED", "ABORTED"])
        self.assertEqual([part["QueryString"] for part in parts], sqls)
        self.assertIn("Invalid digit, Value 'x'", parts[1]["Error"])
        self.assertEqual(query(f"select count(*) from {table}"), [[0]])

    def test_each_part_has_its_result(self):
        table = fresh()
        sqls = [f"create table {table} (n integer)", f"insert into {table} values (1), (2)", f"select sum(n) from {table}"]
        batch = client.batch_execute_statement(Sqls=sqls, **HERE)["Id"]
        described = ended(batch)
        self.assertEqual(described["Status"], "FINISHED", described.get("Error"))
        self.assertEqual([part["HasResultSet"] for part in described["SubStatements"]], [False, False, True])
        self.assertEqual(rows(f"{batch}:3"), [[3]])


class Sessions(unittest.TestCase):
    def test_a_session_keeps_temporary_tables(self):
        table = fresh()
        session = run(f"create temp table {table} (n integer)", SessionKeepAliveSeconds=60)["SessionId"]
        run(f"insert into {table} values (5)", SessionId=session)
        self.assertEqual(query(f"select n from {table}", SessionId=session), [[5]])
        other = ended(client.execute_statement(Sql=f"select n from {table}", **HERE)["Id"])
        self.assertEqual(other["Status"], "FAILED")

    def test_an_unknown_session_is_not_found(self):
        with self.assertRaises(client.exceptions.ResourceNotFoundException):
            client.execute_statement(Sql="select 1", SessionId=str(uuid.uuid4()))


class Catalogue(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schema = fresh("s")
        run(f"create schema {cls.schema}")
        run(f"create table {cls.schema}.orders (id integer not null, price decimal(10, 2), note varchar(20) default 'none')")
        run(f"create view {cls.schema}.cheap as select * from {cls.schema}.orders with no schema binding")

    def test_schemas(self):
        pages = client.get_paginator("list_schemas").paginate(SchemaPattern=f"{self.schema[:-1]}%", **HERE)
        self.assertEqual([schema for page in pages for schema in page["Schemas"]], [self.schema])

    def test_databases(self):
        self.assertIn("dev", client.list_databases(**HERE)["Databases"])

    def test_tables(self):
        pages = client.get_paginator("list_tables").paginate(SchemaPattern=self.schema, PaginationConfig={"PageSize": 1}, **HERE)
        tables = [(t["schema"], t["name"], t["type"]) for page in pages for t in page["Tables"]]
        self.assertEqual(sorted(tables), [(self.schema, "cheap", "VIEW"), (self.schema, "orders", "TABLE")])

    def test_columns(self):
        described = client.describe_table(Schema=self.schema, Table="orders", **HERE)
        columns = described["ColumnList"]
        self.assertEqual([(c["name"], c["typeName"], c["nullable"]) for c in columns], [("id", "int4", 0), ("price", "numeric", 1), ("note", "varchar", 1)])
        self.assertEqual((columns[1]["precision"], columns[1]["scale"], columns[2]["length"]), (10, 2, 20))
        self.assertIn("none", columns[2]["columnDefault"])


class Refusals(unittest.TestCase):
    def test_bad_requests_are_validation_errors(self):
        requests = [
            ("no SQL", lambda: client.execute_statement(Sql="  ", **HERE)),
            ("no workgroup", lambda: client.execute_statement(Sql="select 1", Database="dev")),
            ("both targets", lambda: client.execute_statement(Sql="select 1", ClusterIdentifier="c", **HERE)),
            ("no such database", lambda: client.execute_statement(Sql="select 1", WorkgroupName="local", Database="other")),
            ("too many statements", lambda: client.batch_execute_statement(Sqls=["select 1"] * 41, **HERE)),
            ("too long a text", lambda: client.execute_statement(Sql="select '" + "x" * 102_400 + "'", **HERE)),
            ("a value nobody uses", lambda: client.execute_statement(Sql="select 1", Parameters=[{"name": "a", "value": "1"}], **HERE)),
            ("no id", lambda: client.describe_statement(Id="no id")),
            ("no page", lambda: client.list_statements(NextToken="nonsense")),
        ]
        for name, request in requests:
            with self.subTest(name), self.assertRaises(client.exceptions.ValidationException) as raised:
                request()
            answer = raised.exception.response
            self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 400)
            self.assertTrue(answer["Error"]["Message"])

    def test_what_is_not_there_is_not_found(self):
        with self.assertRaises(client.exceptions.ResourceNotFoundException) as raised:
            client.describe_statement(Id=str(uuid.uuid4()))
        self.assertTrue(raised.exception.response["ResourceId"])


if __name__ == "__main__":
    outcome = unittest.main(exit=False, verbosity=2).result
    bad = len(outcome.failures) + len(outcome.errors)
    print(f"{outcome.testsRun - bad} passed, {bad} failed, {len(outcome.skipped)} skipped", flush=True)
    sys.exit(1 if bad or not outcome.testsRun else 0)
