"""Which IAM actions the operations of AWS's SDK need. An operation that is not here is a difference: look it up and add it."""

import re

# Each: the operation as the SDK for Rust calls it, and what IAM asks for. Where nothing is stated, the action has the operation's name
# (Service Authorization Reference, "Actions, resources, and condition keys for ...").
GLUE = """
    get_table get_tables get_partition get_partitions get_database get_databases batch_get_partition create_table create_database
    create_partition batch_create_partition update_table update_database update_partition delete_table delete_partition
    batch_delete_partition batch_update_partition
"""
REDSHIFT_DATA = "batch_execute_statement execute_statement describe_statement get_statement_result list_statements cancel_statement"


def same(service, operations):
    return {name: [f"{service}:{name.title().replace('_', '')}"] for name in operations.split()}


OPERATIONS = {
    "aws-sdk-s3": {
        "get_object": ["s3:GetObject"],
        "head_object": ["s3:GetObject"],  # S3 API, "HeadObject"
        "put_object": ["s3:PutObject"],
        "delete_object": ["s3:DeleteObject"],
        "delete_objects": ["s3:DeleteObject"],  # S3 API, "DeleteObjects"; without versions
        "list_objects_v2": ["s3:ListBucket"],  # S3 API, "ListObjectsV2"
        "copy_object": ["s3:GetObject", "s3:PutObject"],  # S3 API, "CopyObject": reads the source, writes the target
        "upload_part_copy": ["s3:GetObject", "s3:PutObject"],
        # S3 user guide, "Multipart upload API and permissions"
        "create_multipart_upload": ["s3:PutObject"],
        "upload_part": ["s3:PutObject"],
        "complete_multipart_upload": ["s3:PutObject"],
        "abort_multipart_upload": ["s3:AbortMultipartUpload"],
    },
    "aws-sdk-glue": same("glue", GLUE),
    "aws-sdk-kinesis": same("kinesis", "put_records put_record"),
    "aws-sdk-redshiftdata": same("redshift-data", REDSHIFT_DATA),
    "aws-sdk-eventbridge": same("events", "put_events"),
    "aws-sdk-secretsmanager": same("secretsmanager", "get_secret_value"),
}

# S3 API, "CopyObject": tags of the source are copied unless the tagging directive is REPLACE, and then ask for these.
TAGS = ["s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:PutObjectTagging"]

# One of these, after the statement's warehouse and user. Redshift management guide, "Authorizing access to the Data API".
SIGN_IN = {
    "redshift-serverless:GetCredentials",
    "redshift:GetClusterCredentialsWithIAM",
    "redshift:GetClusterCredentials",
    "secretsmanager:GetSecretValue",
}
NEEDS_SIGN_IN = {"redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement"}

# What a function's triggers need, whatever its code does. Lambda developer guide, "Sending function logs to CloudWatch Logs" and
# "Using Lambda with Amazon SQS".
WRITES_LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
TAKES_MESSAGES = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}

# The actions that are allowed on `*`, because AWS gives them no resource: Service Authorization Reference, "Amazon Redshift Data API".
# What holds them to the role's own statements is their condition.
WITHOUT_RESOURCE = {
    "redshift-data:DescribeStatement": "no resource; redshift-data:statement-owner-iam-userid",
    "redshift-data:GetStatementResult": "no resource; redshift-data:statement-owner-iam-userid",
    "redshift-data:ListStatements": "no resource; redshift-data:statement-owner-iam-userid",
}

# A key that its object may not have. S3 API, "GetObject": without s3:ListBucket, what is not there is answered with 403.
ASKS_WHETHER_IT_IS_THERE = re.compile(r"\b(is_no_such_key|NoSuchKey|404)\b")
# A version is read. S3 API, "GetObject": a version id asks for s3:GetObjectVersion.
TAKES_VERSION = re.compile(r"\. (?:set_)?version_id \( ([^;]*?) \) \. ")
# An object gets a version that is not always None.
GIVES_VERSION = re.compile(r"ObjectRef \{ [^}]*\bversion : (?!None)|\. with_version \(|\bobject \. version (?:\. clone_from \(|= )")
SENDS = {"send", "into_paginator", "presigned"}


class Unknown(Exception):
    """A request whose operation is not in the table."""


def text(item):
    return " ".join(f'"{token.text}"' if token.kind == "string" else token.text for token in item.tokens)


def operations(item, sdks, own_methods):
    """The SDK's operations that an item calls: `.name()` without arguments, of the services that its crate uses."""
    found, tokens = [], item.tokens
    known = {name for sdk in sdks for name in OPERATIONS.get(sdk, {})}
    requests = 0
    for at in range(1, len(tokens) - 2):
        if tokens[at].kind != "name" or tokens[at - 1].kind != "." or tokens[at + 1].kind != "(" or tokens[at + 2].kind != ")":
            continue
        name = tokens[at].text
        if name in known:
            found.append(name)
        # `.into_paginator().send()` is one request, `self.send()` one of our own.
        elif name == "send" and not (tokens[at - 2].text == "self" and "send" in own_methods):
            requests += 1
    if sdks and requests > len(found):
        raise Unknown(f"{item} sends {requests} requests, of which infra/parity/actions.py knows {found or 'none'}")
    return found


def needed(reach, workspace):
    """action -> where it comes from, of everything that is reachable."""
    items = [item for item in reach.items if item.kind == "fn" and workspace.sdks(item.crate)]
    texts = {item: text(item) for item in items}
    # `ObjectRef::new` and `with_version` themselves do not show what a version is.
    gives_version = any(GIVES_VERSION.search(body) for item, body in texts.items() if item.owner != "ObjectRef")
    named_copies = {item.module for item, body in texts.items() if "versionId=" in body}
    actions = {}
    for item, body in texts.items():
        sdks = workspace.sdks(item.crate)
        own = {method.name for method in workspace.crate(item.crate).of_type.get(item.owner, [])}
        module = " ".join(body for other, body in texts.items() if (other.crate, other.module) == (item.crate, item.module))
        for name in operations(item, sdks, own):
            wanted = [action for sdk in sdks for action in OPERATIONS.get(sdk, {}).get(name, [])]
            if name in ("get_object", "head_object"):
                version = TAKES_VERSION.search(body)
                if version and ("object . version" not in version[1] or gives_version):
                    wanted.append("s3:GetObjectVersion")
                if ASKS_WHETHER_IT_IS_THERE.search(module):
                    wanted.append("s3:ListBucket")
            if name in ("copy_object", "upload_part_copy") and item.module in named_copies:
                wanted.append("s3:GetObjectVersion")
            if name == "copy_object" and "TaggingDirective :: Replace" not in body:
                wanted += TAGS
            for action in wanted:
                actions.setdefault(action, str(item))
    return actions
