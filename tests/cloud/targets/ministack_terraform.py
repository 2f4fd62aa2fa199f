"""MiniStack, deployed by Terraform: infra/terraform/examples/emulator."""

import contextlib
import json
import os
import re
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
            made = re.search(r"Apply complete! Resources: (\d+) added", terraform("apply", "-auto-approve"))
            print(f"        Terraform made {made[1]} resources", flush=True)
            outputs = {name: output["value"] for name, output in json.loads(terraform("output", "-json")).items()}
            cloud = deployed(work, programs, clients, outputs)
            cloud.checks += [
                ("a second plan changes nothing", lambda: plan.changes_nothing(terraform, cloud)),
                ("a changed pipeline is a plan of the layer alone", lambda: plan.changes_the_layer(terraform, cloud)),
            ]
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
        self.build_folder = work / "build"
        shutil.copytree(programs["zips"], self.build_folder / "lambda")
        shutil.copy(programs["zips"].parent / "pipelines.zip", self.build_folder)
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
            "TF_VAR_build_folder": str(self.build_folder),
        }
        self("init", "-input=false", *([f"-plugin-dir={mirror}"] if mirror else []))

    def __call__(self, *arguments):
        return run(["terraform", *arguments], self.environment, self.folder)
