"""MiniStack, deployed by Terraform: infra/terraform/examples/emulator."""

import contextlib
import json
import os
import shutil

from cloud import ROOT, equal, run
from targets import Missing, leftovers, plan
from targets.ministack import NAME, REGION, deployed, emulators, settle


@contextlib.contextmanager
def start(work, programs):
    if shutil.which("terraform") is None:
        raise Missing("no terraform")
    with emulators(work, programs) as clients:
        terraform = Terraform(work, programs, clients)
        try:
            terraform("apply", "-auto-approve")
            planned = len(terraform("state", "list").splitlines())
            print(f"        Terraform's state has {planned} resources and data sources", flush=True)
            outputs = {name: output["value"] for name, output in json.loads(terraform("output", "-json")).items()}
            cloud = deployed(work, programs, clients, outputs)
            cloud.checks.append(("a second plan changes nothing", lambda: plan.changes_nothing(terraform, cloud)))
            yield cloud
            settle(cloud)
        finally:
            terraform("destroy", "-auto-approve")
        equal("what is in Terraform's state after destroy", "", terraform("state", "list"))
        equal("what is on MiniStack after destroy", [], leftovers.named(NAME, cloud))


class Terraform:
    """Runs Terraform in a copy of infra/terraform, so that the clone stays as it is."""

    def __init__(self, work, programs, clients):
        shutil.copytree(ROOT / "infra/terraform", work / "terraform", ignore=shutil.ignore_patterns(".terraform*"))
        self.folder = work / "terraform/examples/emulator"
        pipelines = run([programs["landfall"], "render", "terraform"])
        (self.folder / "pipelines.auto.tfvars.json").write_text(pipelines)
        names = ("PATH", "HOME", "TMPDIR", "LANDFALL_TERRAFORM_MIRROR")
        self.environment = {name: os.environ[name] for name in names if name in os.environ}
        mirror = run([ROOT / "infra/terraform/mirror.sh"], self.environment).strip()
        self.environment |= clients | {
            "TF_IN_AUTOMATION": "1",
            "TF_CLI_ARGS": "-no-color",
            "CHECKPOINT_DISABLE": "1",
            "TF_VAR_name": NAME,
            "TF_VAR_region": REGION,
            "TF_VAR_build_folder": str(programs["zips"].parent),
        }
        self("init", "-input=false", *([f"-plugin-dir={mirror}"] if mirror else []))

    def __call__(self, *arguments):
        return run(["terraform", *arguments], self.environment, self.folder)
