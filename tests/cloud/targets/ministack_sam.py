"""MiniStack, deployed by SAM: infra/sam/template.yaml, with the zips that are built already in the place of `sam build`."""

import contextlib
import json
import re

from cloud import ROOT, equal, run
from targets import leftovers
from targets.ministack import NAME, PRIVACY_KEY, WRITE_KEY, client, deployed, emulators, environment_of, plain, settle


@contextlib.contextmanager
def start(work, programs):
    sam = environment_of("infra") / "sam"
    with emulators(work, programs) as clients:
        try:
            deploy(sam, work, programs, clients)
            stack = client(clients, "cloudformation").describe_stacks(StackName=NAME)["Stacks"][0]
            outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
            cloud = deployed(work, programs, clients, named_as_terraform(outputs))
            yield cloud
            settle(cloud)
        finally:
            cloudformation = client(clients, "cloudformation")
            cloudformation.delete_stack(StackName=NAME)
            cloudformation.get_waiter("stack_delete_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1})
        retained = [f"bucket {cloud.lake}", f"bucket {cloud.landing}"]
        equal("what is on MiniStack after the stack is deleted (it retains the buckets)", retained, leftovers.named(NAME, cloud))


def deploy(sam, work, programs, clients):
    write_keys = client(clients, "secretsmanager").create_secret(Name="write-keys", SecretString=WRITE_KEY)["ARN"]
    datasets = json.loads(run([programs["landfall"], "render", "terraform"]))["pipelines"]["datasets"].values()
    parameters = {
        "Name": NAME,
        "Architecture": "x86_64",
        "LandingBucketName": f"{NAME}-landing",
        "LakeBucketName": f"{NAME}-lake",
        "LandingObjects": ",".join(f"arn:aws:s3:::{NAME}-landing/{key}" for dataset in datasets for key in dataset["keys"]),
        "ExistingWorkgroup": "local",
        "Database": "dev",
        "WriteKeysSecretArn": write_keys,
        "PrivacyKey": PRIVACY_KEY,
        "DeliverySeconds": "1",
    }
    run(
        [
            sam, "deploy", "--template-file", packaged(work, programs), "--stack-name", NAME, "--resolve-s3",
            "--capabilities", "CAPABILITY_NAMED_IAM", "--no-confirm-changeset", "--region", clients["AWS_REGION"],
            "--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items()),
        ],
        plain() | clients | {"SAM_CLI_TELEMETRY": "0"},
        work,
    )  # fmt: skip


def packaged(work, programs):
    """The template with the zips' paths."""
    template = (ROOT / "infra/sam/template.yaml").read_text()
    zips = programs["zips"]
    template = re.sub(r"(CodeUri: )\S+/functions/(\S+)", lambda found: f"{found[1]}{zips / found[2] / 'bootstrap.zip'}", template)
    template = re.sub(r"(ContentUri: )\S+", rf"\g<1>{zips.parent / 'pipelines.zip'}", template)
    path = work / "template.yaml"
    path.write_text(template)
    return path


def named_as_terraform(outputs):
    """The stack's outputs under the names of Terraform's."""
    names = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): value for name, value in outputs.items()}
    environment = {name.upper(): value for name, value in names.items() if name.startswith("landfall_")}
    return names | {"environment": environment}
