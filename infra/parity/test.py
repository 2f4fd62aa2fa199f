"""Changes one side at a time, and expects the check to report it by name: python3 -m parity.test STATE TEMPLATE"""

import copy
import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

from . import pages, sam, terraform
from .arns import VENDOR_KEY
from .compare import differences
from .crates import Crates, read_page
from .gather import ROOT, assembled

STATE, TEMPLATE = sys.argv[1:3]
FOUND = terraform.state(STATE)
RESOURCES, OUTPUTS = list(terraform.resources(FOUND["root_module"])), FOUND["outputs"]
SAM = json.loads(Path(TEMPLATE).read_text())
CODE = assembled(ROOT, terraform.read(RESOURCES, OUTPUTS), sam.read(SAM)).code


class Sides:
    """Copies of both sides, to be changed."""

    def __init__(self):
        self.resources, self.template = copy.deepcopy(RESOURCES), copy.deepcopy(SAM)

    def terraform(self, kind, part):
        """The values of the one resource of this kind whose address has this part."""
        [found] = [r["values"] for r in self.resources if r["type"] == kind and part in r["address"]]
        return found

    def sam(self, logical):
        return self.template["Resources"][logical]["Properties"]

    def facts(self):
        return assembled(ROOT, terraform.read(self.resources, OUTPUTS), sam.read(self.template), dict(CODE))

    def statement(self, module, sid):
        """A statement of Terraform's policy of a module's function, and how to put the policy back."""
        values = self.terraform("aws_iam_role_policy", f"module.{module}[0].module.function.")
        policy = json.loads(values["policy"])
        [found] = [statement for statement in policy["Statement"] if statement["Sid"] == sid]
        return found, lambda: values.update(policy=json.dumps(policy))

    def statement_of_sam(self, role, sid):
        properties = self.sam(role)
        policies = [policy["PolicyDocument"] for policy in properties.get("Policies", [])] or [properties["PolicyDocument"]]
        [found] = [s for policy in policies for s in policy["Statement"] if s.get("Sid") == sid]
        return found


class Parity(unittest.TestCase):
    def setUp(self):
        self.sides = Sides()

    def reports(self, *parts, facts=None):
        """One difference has all these parts."""
        found = list(differences(facts or self.sides.facts()))
        hits = [line for line in found if all(part in line for part in parts)]
        self.assertTrue(hits, f"no difference says {parts}, only:\n" + "\n".join(found))

    def test_as_it_is_nothing_differs(self):
        self.assertEqual([], list(differences(self.sides.facts())))

    # Environment

    def test_a_variable_that_terraform_drops(self):
        del self.sides.terraform("aws_lambda_function", "write_parquet")["environment"][0]["variables"]["LANDFALL_LAKE_BUCKET"]
        self.reports("write-parquet", "does not start without LANDFALL_LAKE_BUCKET", "Terraform does not deploy it", "modules/write-parquet")
        self.reports("write-parquet: environment LANDFALL_LAKE_BUCKET", "Terraform deploys None, SAM 'acme-lake'")

    def test_a_variable_that_sam_adds(self):
        self.sides.sam("WriteParquet")["Environment"]["Variables"]["LANDFALL_EXTRA"] = "1"
        self.reports("write-parquet: SAM deploys LANDFALL_EXTRA", "the code does not read it", "(WriteParquet)")

    def test_a_variable_with_another_value(self):
        self.sides.sam("UpdateCatalog")["Environment"]["Variables"]["LANDFALL_PARTITION_PROJECTION"] = "true"
        self.reports("update-catalog: environment LANDFALL_PARTITION_PROJECTION", "'false'", "'true'")

    def test_neither_of_two_variables(self):
        for values in (
            self.sides.sam("LoadRedshift")["Environment"]["Variables"],
            self.sides.terraform("aws_lambda_function", "load_redshift")["environment"][0]["variables"],
        ):
            del values["LANDFALL_WORKGROUP"]
        self.reports("load-redshift: Terraform deploys nothing of LANDFALL_WORKGROUP or LANDFALL_CLUSTER")
        self.reports("load-redshift: SAM deploys nothing of LANDFALL_WORKGROUP or LANDFALL_CLUSTER")

    def test_a_variable_that_nobody_deploys_any_more(self):
        del self.sides.sam("WriteParquet")["Environment"]["Variables"]["MALLOC_ARENA_MAX"]
        del self.sides.terraform("aws_lambda_function", "write_parquet")["environment"][0]["variables"]["MALLOC_ARENA_MAX"]
        self.reports("MALLOC_ARENA_MAX is deployed nowhere", "OF_OTHERS")

    # The pages

    def page(self, function, *changes):
        text = (ROOT / "crates/functions" / function / "README.md").read_text()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        facts = self.sides.facts()
        facts.pages[function] = read_page(text)
        return facts

    def test_a_row_that_the_table_lacks(self):
        facts = self.page("update-catalog", ("| `LANDFALL_GLUE_DATABASE` | the database of the tables |\n", ""))
        self.reports("update-catalog: the code reads LANDFALL_GLUE_DATABASE", "update-catalog/README.md", facts=facts)

    def test_a_row_too_many(self):
        facts = self.page("update-catalog", ("| `LANDFALL_GLUE_DATABASE`", "| `LANDFALL_OLD` | gone |\n| `LANDFALL_GLUE_DATABASE`"))
        self.reports("update-catalog: the table has LANDFALL_OLD", "the code does not read it", facts=facts)

    def test_a_default_that_the_code_does_not_have(self):
        facts = self.page("update-catalog", ("| the database of the tables |", "| the database of the tables; `x` if absent |"))
        self.reports("update-catalog: LANDFALL_GLUE_DATABASE is required in the code, and optional in the table", facts=facts)

    def test_a_permission_that_the_page_lacks(self):
        facts = self.page("update-catalog", ("`glue:UpdateTable`, ", ""))
        self.reports("update-catalog: the code needs glue:UpdateTable", "the page does not say so", facts=facts)

    def test_a_permission_too_many_on_the_page(self):
        facts = self.page("collect-events", ("`kinesis:PutRecords`", "`kinesis:PutRecords`, `kinesis:PutRecord`"))
        self.reports("collect-events: the page says kinesis:PutRecord, and the code never needs it", facts=facts)

    def test_the_page_on_security(self):
        facts = self.sides.facts()
        text = (ROOT / "docs/security.md").read_text()
        facts.security = pages.security(text.replace("| `kinesis:PutRecords` ", "| none "))
        self.reports("collect-events: Terraform allows kinesis:PutRecords, and the table of permissions does not say so", facts=facts)

    def test_the_page_on_operating(self):
        facts = self.sides.facts()
        text = (ROOT / "docs/operating.md").read_text()
        facts.operating = pages.alarms(text.replace("| `<name>-<function>-throttles` ", "| `<name>-<function>-strangled` "))
        self.reports("alarm load-redshift-throttles: Terraform has it, and no row says what to do", "docs/operating.md", facts=facts)
        self.reports("alarm <function>-strangled: a row has it, and Terraform does not", facts=facts)
        facts.operating = pages.alarms(text.replace("`<name>-queue-age`", "`<name>-queue-height`"))
        self.reports("alarm queue-age: SAM has it, and the introduction does not name it", facts=facts)
        self.reports("alarm queue-height: the introduction names it, and SAM does not have it", facts=facts)

    def test_an_alarm_of_another_name(self):
        self.sides.terraform("aws_cloudwatch_metric_alarm", ".undelivered")["alarm_name"] = "landfall-unsent"
        self.reports("alarm unsent: Terraform has it, and no row says what to do")
        self.sides.sam("DeadLetters")["AlarmName"] = "landfall-dead"
        self.reports("alarm dead: SAM has it, and the introduction does not name it")

    def test_events(self):
        facts = self.sides.facts()
        rows = (ROOT / "events/README.md").read_text()
        facts.event_rows = pages.events(rows.replace("`manual.json`", "`gone.json`"))
        self.reports("events/manual.json is in no row", facts=facts)
        self.reports("events/gone.json is in the table, and not there", facts=facts)
        facts.event_rows = pages.events(rows.replace("`sqs-raw-object.json`", "`gone.json`"))
        self.reports("write-parquet: no event of the table comes as its trigger brings it: `takes from", facts=facts)

    # Functions

    def test_a_function_that_is_built_with_an_emulator(self):
        workspace = Crates(ROOT).workspace
        self.assertIn(ROOT / "crates/loads", workspace.folders_below("load_redshift"))
        folder, dependencies = workspace.manifests["loads"]
        workspace.manifests["loads"] = folder, {**dependencies, "redshift-local": {"workspace": True}}
        crates = Crates(ROOT)
        crates.workspace = workspace
        facts = self.sides.facts()
        facts.emulators = {"load-redshift": crates.emulators("load-redshift")}
        self.reports("load-redshift: it is built with the emulator redshift-local", "crates/functions/load-redshift/Cargo.toml", facts=facts)

    def test_a_function_that_sam_has_alone(self):
        self.sides.template["Resources"]["SendMail"] = copy.deepcopy(self.sides.template["Resources"]["CollectEvents"])
        self.sides.sam("SendMail")["FunctionName"] = "landfall-send-mail"
        self.reports("send-mail: SAM has it, and there is no crate")

    def test_a_function_that_terraform_lacks(self):
        self.sides.resources = [r for r in self.sides.resources if not ("compact_parquet" in r["address"] and r["type"].startswith("aws_lambda"))]
        self.reports("compact-parquet: its crate is there, and Terraform does not have it", "infra/terraform/modules/compact-parquet")

    def test_a_crate_that_nobody_deploys(self):
        facts = self.sides.facts()
        facts.functions = [*facts.functions, "send-mail"]
        facts.code["send-mail"], facts.pages["send-mail"] = facts.code["transform-events"], facts.pages["transform-events"]
        for side in ("Terraform", "SAM", "the tests' packages"):
            self.reports(f"send-mail: its crate is there, and {side} does not have it", facts=facts)
        self.reports("send-mail: no event of the table is for it", facts=facts)
        self.reports("send-mail: Terraform has no module of its name", facts=facts)

    def test_a_logical_id_of_another_name(self):
        text = json.dumps(self.sides.template).replace('"CollectEvents"', '"Collector"').replace("CollectEvents.", "Collector.")
        self.sides.template = json.loads(text)
        self.reports("collect-events: SAM calls it Collector", "sam local invoke CollectEvents")

    def test_a_build_of_another_binary(self):
        self.sides.template["Resources"]["CollectEvents"]["Metadata"]["BuildProperties"] = {"Binary": "load-redshift"}
        self.reports("collect-events: SAM builds crates/functions/collect-events, load-redshift, rust-cargolambda", "must build")

    def test_configuration(self):
        for name, value, expected in [
            ("MemorySize", 1024, "memory_mb: Terraform has 1769, SAM 1024"),
            ("Timeout", 5, "timeout_seconds: Terraform has 120, SAM 5"),
            ("Architectures", ["x86_64"], "architectures"),
            ("Runtime", "provided.al2", "runtime"),
            ("Layers", [], "layers"),
            ("ReservedConcurrentExecutions", 7, "concurrency: Terraform has None, SAM 7"),
        ]:
            with self.subTest(name):
                self.sides = Sides()
                self.sides.sam("WriteParquet")[name] = value
                self.reports("write-parquet:", expected, "(WriteParquet)")

    def test_a_layer_that_nobody_reads(self):
        for side, name in ((self.sides.sam("CollectEvents"), "Layers"), (self.sides.terraform("aws_lambda_function", "collect_events"), "layers")):
            side[name] = ["arn:aws:lambda:eu-central-1:111122223333:layer:landfall-pipelines:1"]
        self.reports("collect-events: pipelines: Terraform deploys it with the layer, and the code does not read it")

    # Permissions

    def test_an_action_that_one_side_adds(self):
        self.sides.statement_of_sam("CollectEventsRole", "PutEvents")["Action"].append("kinesis:PutRecord")
        self.reports("collect-events: SAM allows kinesis:PutRecord on", "Terraform does not")

    def test_an_action_that_both_add(self):
        self.sides.statement_of_sam("CollectEventsRole", "PutEvents")["Action"].append("kinesis:PutRecord")
        statement, put = self.sides.statement("collect_events", "PutEvents")
        statement["Action"].append("kinesis:PutRecord")
        put()
        for side in ("Terraform", "SAM"):
            self.reports(f"collect-events: {side} allows kinesis:PutRecord, and the code never needs it")

    def test_an_action_that_both_lack(self):
        self.sides.statement_of_sam("LoadRedshiftRole", "WriteLoad")["Action"].remove("s3:AbortMultipartUpload")
        statement, put = self.sides.statement("load_redshift", "WriteLoad")
        statement["Action"].remove("s3:AbortMultipartUpload")
        put()
        for side in ("Terraform", "SAM"):
            self.reports("load-redshift, watch-loads: the code needs s3:AbortMultipartUpload", f"{side} does not allow it")

    def test_a_resource_that_one_side_widens(self):
        statement, put = self.sides.statement("load_redshift", "WriteLoad")
        statement["Resource"] = ["arn:aws:s3:::acme-lake/*"]
        put()
        self.reports("load-redshift: Terraform allows s3:PutObject on arn:aws:s3:::acme-lake/*, SAM does not")

    def test_a_folder_that_both_forget(self):
        self.sides.statement_of_sam("UpdateCatalogRole", "ReadState")["Resource"] = "arn:aws:s3:::acme-lake/web-data/transformed/*"
        statement, put = self.sides.statement("update_catalog", "ReadState")
        statement["Resource"] = "arn:aws:s3:::acme-lake/web-data/transformed/*"
        put()
        self.reports("update-catalog: the code makes keys in partitions/, and Terraform allows nothing there")

    def test_a_folder_that_the_code_does_not_name(self):
        self.sides.statement_of_sam("CompactParquetRole", "WriteMerged")["Resource"] = "arn:aws:s3:::acme-lake/web-data/errors/*"
        self.reports("compact-parquet: SAM allows something in errors/, which the code does not name")

    def test_a_star_as_resource_and_in_an_action(self):
        statement, put = self.sides.statement("collect_events", "PutEvents")
        statement.update(Resource="*", Action=["kinesis:*"])
        put()
        self.reports("collect-events: Terraform allows kinesis:*: name the actions")
        self.reports("collect-events: Terraform allows kinesis:* on *: AWS knows resources for it")

    def test_a_star_without_its_condition(self):
        del self.sides.statement_of_sam("SeeBatches", "SeeBatches")["Condition"]
        self.reports("load-redshift: SAM allows redshift-data:ListStatements on *: it has no condition")

    def test_a_condition_that_differs(self):
        statement, put = self.sides.statement("watch_loads", "SeeBatches")
        statement["Condition"] = {"StringLike": {"redshift-data:statement-owner-iam-userid": "*"}}
        put()
        self.reports("load-redshift: Terraform allows redshift-data:DescribeStatement", 'userid":"*"', "SAM does not")

    def test_somebody_else_who_assumes_a_role(self):
        self.sides.sam("CollectEventsRole")["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"AWS": "*"}
        self.reports("collect-events: the role may be assumed by", '{"AWS":"*"}', "in SAM, not in Terraform")

    def test_a_key_of_a_vendor(self):
        policies = self.sides.sam("CopyRole")["Policies"][0]["PolicyDocument"]["Statement"]
        policies[:] = [s for s in policies if "Fn::If" not in s]
        self.reports("copy: it reads the landing bucket, and SAM allows nothing with the vendors' keys")
        statement, put = self.sides.statement("collect_events", "PutEvents")
        statement["Action"].append("kms:Decrypt")
        statement["Resource"].append(VENDOR_KEY)
        put()
        self.reports("collect-events: it does not read the landing bucket, and Terraform allows", "kms:Decrypt")

    # Triggers

    def test_a_rule_that_is_removed(self):
        del self.sides.template["Resources"]["ParquetWritten"]
        self.sides.template["Resources"]["UpdateCatalogQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"].pop(0)
        self.reports("update-catalog: Terraform has the trigger `rule landfall-update-catalog-parquet", "SAM does not")

    def test_a_pattern_that_differs(self):
        values = self.sides.terraform("aws_cloudwatch_event_rule", "write_parquet")
        values["event_pattern"] = values["event_pattern"].replace("raw/", "")
        self.reports("write-parquet: Terraform has the trigger", '"prefix":"web-data/"', "SAM does not")

    def test_a_schedule_that_differs(self):
        self.sides.sam("Sweep")["ScheduleExpression"] = "rate(1 day)"
        self.reports("watch-loads: SAM has the trigger `rule landfall-watch-loads-sweep: rate(1 day)", "Terraform does not")

    def test_a_batch_that_differs(self):
        self.sides.terraform("aws_lambda_event_source_mapping", "write_parquet")["batch_size"] = 10
        self.reports("write-parquet: Terraform has the trigger `takes from", "10 at once, 20 invocations at once", "SAM does not")

    def test_a_rule_without_dead_letters(self):
        del self.sides.sam("RawDelivered")["Targets"][0]["DeadLetterConfig"]
        self.sides.terraform("aws_cloudwatch_event_target", "write_parquet")["dead_letter_config"] = []
        self.reports("write-parquet", "in Terraform has no dead letters")
        self.reports("write-parquet", "in SAM has no dead letters")

    def test_a_queue_without_dead_letters(self):
        del self.sides.sam("WriteParquetQueue")["RedrivePolicy"]
        self.reports("write-parquet: the queue has no dead letters in SAM")
        self.reports("queue landfall-write-parquet: gives up", "SAM None")

    def test_a_queue_that_waits_for_another_time(self):
        self.sides.sam("WriteParquetQueue")["VisibilityTimeout"] = 60
        self.reports("queue landfall-write-parquet: visibility_seconds: Terraform has 720, SAM 60")

    def test_who_may_call_the_address(self):
        self.sides.terraform("aws_lambda_permission", "collect_events")["function_url_auth_type"] = "AWS_IAM"
        self.reports("collect-events: Terraform has the trigger `lambda:InvokeFunctionUrl by *, authorization of the address AWS_IAM")

    # The rest

    def test_who_may_write_to_a_queue(self):
        self.sides.sam("WriteParquetQueuePolicy")["PolicyDocument"]["Statement"][0].pop("Condition")
        self.reports("policy of a resource: SAM has `Allow", "sqs:SendMessage", "landfall-write-parquet", "Terraform does not")

    def test_expiry(self):
        self.sides.sam("LakeBucket")["LifecycleConfiguration"]["Rules"].pop()
        self.reports("bucket acme-lake: Terraform has `rule", "SAM does not")

    def test_an_output(self):
        del self.sides.template["Outputs"]["LandfallDatabase"]
        self.reports("outputs: LANDFALL_DATABASE: Terraform has 'landfall', SAM None")

    def test_an_alarm_and_the_dashboard(self):
        self.sides.sam("FunctionErrors")["Metrics"].pop()
        self.reports("alarm: Terraform has `AWS/Lambda Errors of", "SAM does not")
        values = self.sides.terraform("aws_cloudwatch_dashboard", "monitoring")
        values["dashboard_body"] = values["dashboard_body"].replace("landfall-compact-parquet", "other")
        self.reports("compact-parquet: the dashboard does not show it", "monitoring.tf")


class Source(unittest.TestCase):
    """Changes of the Rust source, in a copy."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        shutil.copy(ROOT / "Cargo.toml", self.root)
        shutil.copytree(ROOT / "crates", self.root / "crates", ignore=shutil.ignore_patterns("tests", "target", "*.toml~"))

    def code(self, function, file, old, new):
        path = self.root / "crates" / file
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1))
        facts = Sides().facts()
        facts.code[function] = Crates(self.root).code(function)
        return "\n".join(differences(facts))

    def test_an_operation_that_a_shared_crate_calls(self):
        old = "    pub async fn create_table("
        new = "    pub async fn drop(&self) { let _ = self.client.delete_table().name(\"x\").send().await; }\n" + old
        call = ("functions/update-catalog/src/register.rs", "let table = catalog.table(", "catalog.drop().await; let table = catalog.table(")
        path = self.root / "crates" / call[0]
        path.write_text(path.read_text().replace(call[1], call[2], 1))
        found = self.code("update-catalog", "glue-catalog/src/client.rs", old, new)
        self.assertIn("update-catalog: the code needs glue:DeleteTable (glue_catalog::client::Catalog::drop), and SAM does not allow it", found)

    def test_an_operation_that_nobody_calls(self):
        old = "    pub async fn create_table("
        new = "    pub async fn never(&self) { let _ = self.client.delete_table().name(\"x\").send().await; }\n" + old
        self.assertEqual("", self.code("update-catalog", "glue-catalog/src/client.rs", old, new))

    def test_an_operation_behind_a_trait_of_somebody_elses_type(self):
        new = """
            trait Drops { async fn drop_all(&self); }
            impl Drops for Client { async fn drop_all(&self) { let _ = self.delete_object().key("x").send().await; } }
            pub fn client("""
        found = self.code("update-catalog", "objects/src/client.rs", "pub fn client(", new)
        self.assertIn("update-catalog: the code needs s3:DeleteObject (objects::client::Client::drop_all)", found)

    def test_an_operation_that_is_named_within_a_function(self):
        old = "async fn write(catalog: &Catalog, change: Change) -> Result<Wrote, glue_catalog::Error> {"
        new = old + ' use objects::{folder::{delete as take_away}}; let _ = take_away(todo(), "", &[]).await;'
        found = self.code("update-catalog", "functions/update-catalog/src/register.rs", old, new)
        self.assertIn("update-catalog: the code needs s3:DeleteObject (objects::folder::delete)", found)

    def test_an_operation_that_is_not_called_any_more(self):
        found = self.code("compact-parquet", "objects/src/folder.rs", "client.delete_objects().bucket(bucket).delete(delete).send().await", "todo(delete)")
        self.assertIn("compact-parquet: Terraform allows s3:DeleteObject, and the code never needs it", found)

    def test_an_operation_that_the_table_does_not_know(self):
        with self.assertRaisesRegex(Exception, "glue_catalog::client::Catalog::table sends 1 requests, .* knows none"):
            self.code("update-catalog", "glue-catalog/src/client.rs", "self.client.get_table()", "self.client.get_table_optimizer()")

    def test_a_version_that_is_read(self):
        old = "ObjectRef::new(&notified.bucket, notified.key.as_str())"
        found = self.code("update-catalog", "functions/update-catalog/src/arrivals.rs", old, old + '.with_version("v1")')
        self.assertIn("update-catalog: the code needs s3:GetObjectVersion (objects::ranges::ObjectRanges::get)", found)

    def test_tags_that_are_copied(self):
        found = self.code("load-redshift", "objects/src/copy.rs", "TaggingDirective::Replace", "TaggingDirective::Copy")
        self.assertIn("the code needs s3:GetObjectVersionTagging (objects::copy::whole)", found)

    def test_a_variable_that_is_read(self):
        old = "let settings = Settings::read(Environment::of_process())?;"
        found = self.code("update-catalog", "functions/update-catalog/src/context.rs", old, old + ' function::variable("LANDFALL_NEW");')
        self.assertIn("update-catalog: the code reads LANDFALL_NEW, and the table does not have it", found)

    def test_a_variable_that_is_required_now(self):
        found = self.code(
            "update-catalog", "functions/update-catalog/src/context.rs",
            'environment.flag("LANDFALL_PARTITION_PROJECTION")', 'environment.required("LANDFALL_PARTITION_PROJECTION", "") == "true"',
        )  # fmt: skip
        self.assertIn("update-catalog: LANDFALL_PARTITION_PROJECTION is required in the code, and optional in the table", found)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
