"""Holds everything together: each difference is a line that names the function, what both sides say, and the file to change."""

import re
from dataclasses import dataclass, field

from . import actions
from .arns import VENDOR_KEY
from .crates import OF_OTHERS, camel_case

TEMPLATE = "infra/sam/template.yaml"

# Folders of the lake that a function may use although its code does not name them.
FOLDERS_FROM_DATA = {
    ("write-parquet", "compacted"): "the state of a day names the folder: event_lake::partition::State::placement",
}


@dataclass
class Facts:
    """The facts of each side. A function's name is that of its folder below crates/functions."""

    functions: list
    code: dict
    pages: dict
    terraform: object
    sam: object
    emulators: dict = field(default_factory=dict)  # function -> the emulators that it is built with
    modules: set = field(default_factory=set)  # folders below infra/terraform/modules
    packages: set = field(default_factory=set)  # folders below infra/terraform/tests/build/lambda
    event_rows: dict = field(default_factory=dict)  # file -> functions, in events/README.md
    event_files: dict = field(default_factory=dict)  # file -> what brings it
    operating: tuple = (set(), set())  # the alarms of docs/operating.md: of the tables, of the introduction
    security: dict = field(default_factory=dict)  # role -> actions, in docs/security.md


def differences(facts):
    found = []
    for check in (same_functions, same_configuration, environment, permissions, triggers, the_rest, emulators, events, operating_page, security_page):
        found += check(facts)
    return found


def module(function):
    return f"infra/terraform/modules/{function}"


def page_of(function):
    return f"crates/functions/{function}/README.md"


def resource(function):
    return f"{TEMPLATE} ({camel_case(function)})"


def both(function):
    return f"Change {module(function)}/main.tf or {resource(function)}."


def joined(values):
    return ", ".join(sorted(map(str, values))) or "nothing"


def same_functions(facts):
    sides = [
        ("Terraform", set(facts.terraform.functions), f"a folder {module('<function>')} and a block in infra/terraform/*.tf"),
        ("SAM", set(facts.sam.functions), f"a function, role and trigger in {TEMPLATE}"),
        ("the tests' packages", facts.packages, "infra/terraform/tests/build/lambda/<function>/bootstrap.zip"),
    ]
    for side, has, where in sides:
        for function in sorted(set(facts.functions) - has):
            yield f"{function}: its crate is there, and {side} does not have it. Add {where.replace('<function>', function)}."
        for function in sorted(has - set(facts.functions)):
            yield f"{function}: {side} has it, and there is no crate. Remove it there, or add crates/functions/{function}."
    for function in sorted(set(facts.functions) - facts.modules):
        yield f"{function}: Terraform has no module of its name. Name its folder {module(function)}."
    for function, logical in sorted(facts.sam.logical_ids.items()):
        if logical != camel_case(function):
            yield f"{function}: SAM calls it {logical}, so `sam local invoke {camel_case(function)}` does not find it. Rename it in {TEMPLATE}."
    for function, build in sorted(facts.sam.builds.items()):
        # Without the binary's name, `sam build` takes the one that it finds in the workspace's target folder.
        wanted = ("rust-cargolambda", function, f"crates/functions/{function}")
        if build != wanted:
            yield f"{function}: SAM builds {joined(build)}, and must build {joined(wanted)}. Change {resource(function)}."


def deployed(facts):
    return [f for f in facts.functions if f in facts.terraform.functions and f in facts.sam.functions]


def same_configuration(facts):
    for function in deployed(facts):
        ours, theirs = facts.terraform.functions[function], facts.sam.functions[function]
        for name in ours:
            if name == "environment":
                for variable in sorted({*ours[name], *theirs[name]}):
                    one, other = ours[name].get(variable), theirs[name].get(variable)
                    if one != other:
                        yield f"{function}: environment {variable}: Terraform deploys {one!r}, SAM {other!r}. {both(function)}"
            elif ours[name] != theirs[name]:
                yield f"{function}: {name}: Terraform has {ours[name]!r}, SAM {theirs[name]!r}. {both(function)}"


def environment(facts):
    for function in facts.functions:
        code, page = facts.code[function].variables, facts.pages[function]
        for variable in sorted(set(code) - set(page.variables)):
            yield f"{function}: the code reads {variable}, and the table does not have it. Change {page_of(function)}."
        for variable in sorted(set(page.variables) - set(code) - set(OF_OTHERS)):
            yield f"{function}: the table has {variable}, and the code does not read it. Change {page_of(function)}."
        for variable in sorted(set(code) & set(page.variables)):
            if code[variable] != page.variables[variable]:
                words = ("required", "optional") if code[variable] else ("optional", "required")
                yield f"{function}: {variable} is {words[0]} in the code, and {words[1]} in the table. Change {page_of(function)}."
    for function in deployed(facts):
        code, page = facts.code[function].variables, facts.pages[function]
        for side in (facts.terraform, facts.sam):
            has = set(side.functions[function]["environment"])
            where = f"{module(function)}/main.tf" if side is facts.terraform else resource(function)
            for variable in sorted(has - set(code) - set(OF_OTHERS)):
                yield f"{function}: {side.tool} deploys {variable}, and the code does not read it. Change {where}."
            for variable in sorted(has & set(OF_OTHERS) - set(page.variables)):
                yield f"{function}: {side.tool} deploys {variable}, and the table does not have it. Change {page_of(function)}."
            for variable in sorted(name for name, required in code.items() if required and name not in has):
                yield f"{function}: the code does not start without {variable}, and {side.tool} does not deploy it. Change {where}."
            for names in page.alternatives:
                if len(has & set(names)) != 1:
                    yield f"{function}: {side.tool} deploys {joined(has & set(names))} of {' or '.join(names)}, and must deploy one. Change {where}."
            reads_pipelines = "LANDFALL_PIPELINES" in code
            if reads_pipelines != bool(side.functions[function]["layers"]):
                has_layer = "without the layer" if reads_pipelines else "with the layer, and the code does not read it"
                yield f"{function}: pipelines: {side.tool} deploys it {has_layer}. Change {where}."
    for variable, reader in OF_OTHERS.items():
        if not any(variable in side.functions[f]["environment"] for side in (facts.terraform, facts.sam) for f in side.functions):
            yield f"{variable} is deployed nowhere. Remove it from OF_OTHERS in infra/parity/crates.py ({reader})."


def permissions(facts):
    ours, theirs = facts.terraform, facts.sam
    for role in sorted({*ours.roles, *theirs.roles}):
        name = role.removeprefix(ours.prefix)
        for side, other in ((ours, theirs), (theirs, ours)):
            for line in sorted(side.roles.get(role, set()) - other.roles.get(role, set())):
                yield f"{name}: the role may be assumed by {line} in {side.tool}, not in {other.tool}. {both(name)}"
            for effect, action, on, condition in sorted(side.permissions[role] - other.permissions[role]):
                at = "" if condition == "{}" else f" if {condition}"
                yield f"{name}: {side.tool} {effect.lower()}s {action} on {on}{at}, {other.tool} does not. {both(name)}"
    yield from wildcards(facts)
    yield from keys_of_vendors(facts)
    for side in (ours, theirs):
        for role in sorted(side.permissions):
            functions = [function for function in side.functions_of(role) if function in facts.code]
            if functions:
                yield from exact(facts, side, role, functions)
    for function in deployed(facts):
        yield from permissions_of_page(facts, function)
    for (function, folder), reason in FOLDERS_FROM_DATA.items():
        if function in facts.code and folder in facts.code[function].areas:
            yield f"{function}: the code names {folder}/ itself now. Remove it from FOLDERS_FROM_DATA in infra/parity/compare.py ({reason})."


def wildcards(facts):
    used = set()
    for side in (facts.terraform, facts.sam):
        for role, statements in sorted(side.permissions.items()):
            name = role.removeprefix(side.prefix)
            for _, action, on, condition in sorted(statements):
                if "*" in action:
                    yield f"{name}: {side.tool} allows {action}: name the actions. {both(name)}"
                if on == "*" and (action not in actions.WITHOUT_RESOURCE or condition == "{}"):
                    why = "AWS knows resources for it" if action not in actions.WITHOUT_RESOURCE else "it has no condition"
                    yield f"{name}: {side.tool} allows {action} on *: {why}. {both(name)}"
                elif on == "*":
                    used.add(action)
    for action in sorted(set(actions.WITHOUT_RESOURCE) - used):
        yield f"{action} is allowed on * nowhere. Remove it from WITHOUT_RESOURCE in infra/parity/actions.py."


def keys_of_vendors(facts):
    """Who reads the landing bucket decrypts with the vendors' keys, and nobody else does."""
    for side in (facts.terraform, facts.sam):
        for role, statements in sorted(side.permissions.items()):
            name = role.removeprefix(side.prefix)
            decrypts = {action for _, action, on, _ in statements if on == VENDOR_KEY}
            reads = any(on.startswith(f"arn:aws:s3:::{side.landing}/") for _, _, on, _ in statements)
            if decrypts != ({"kms:Decrypt"} if reads else set()):
                told_reads = "reads" if reads else "does not read"
                keys = f"{side.tool} allows {joined(decrypts)} with the vendors' keys"
                yield f"{name}: it {told_reads} the landing bucket, and {keys}. {both(name)}"


def exact(facts, side, role, functions):
    """A role may do what its functions' code calls, and what their triggers need; nothing else."""
    where = f"{module(functions[0])}/main.tf" if side is facts.terraform else resource(functions[0])
    name = ", ".join(functions)
    has = {action for _, action, on, _ in side.permissions[role] if on != VENDOR_KEY}
    wanted = {action: at for function in functions for action, at in facts.code[function].actions.items()}
    for action in actions.WRITES_LOG:
        wanted[action] = "its log"
    if any(line.startswith("takes from") for function in functions for line in side.triggers[function]):
        wanted.update({action: "its queue" for action in actions.TAKES_MESSAGES})
    signs_in = actions.NEEDS_SIGN_IN & set(wanted)
    if signs_in and not has & actions.SIGN_IN:
        yield f"{name}: the code calls the Data API, and {side.tool} allows none of {joined(actions.SIGN_IN)}. Change {where}."
    for action in sorted(set(wanted) - has):
        yield f"{name}: the code needs {action} ({wanted[action]}), and {side.tool} does not allow it. Change {where}."
    for action in sorted(has - set(wanted) - (actions.SIGN_IN if signs_in else set())):
        yield f"{name}: {side.tool} allows {action}, and the code never needs it. Change {where}."
    prefix = f"arn:aws:s3:::{side.lake}/{side.events_prefix}/"
    folders = {on.removeprefix(prefix).split("/")[0] for _, _, on, _ in side.permissions[role] if on.startswith(prefix)}
    makes = {folder for function in functions for folder in facts.code[function].makes_keys_in}
    names = {folder for function in functions for folder in facts.code[function].areas}
    for folder in sorted(makes - folders):
        yield f"{name}: the code makes keys in {folder}/, and {side.tool} allows nothing there. Change {where}."
    for folder in sorted(folders - names):
        if not any((function, folder) in FOLDERS_FROM_DATA for function in functions):
            yield f"{name}: {side.tool} allows something in {folder}/, which the code does not name. Change {where}."


def permissions_of_page(facts, function):
    page, code = facts.pages[function], facts.code[function]
    says = set(page.actions)
    if page.as_function:
        says |= facts.pages[page.as_function].actions
    needs = set(code.actions)
    signs_in = actions.NEEDS_SIGN_IN & needs
    if signs_in and not says & actions.SIGN_IN:
        yield f"{function}: the page does not say which of {joined(actions.SIGN_IN)} is needed. Change {page_of(function)}."
    for action in sorted(needs - says):
        yield f"{function}: the code needs {action} ({code.actions[action]}), and the page does not say so. Change {page_of(function)}."
    for action in sorted(says - needs - (actions.SIGN_IN if signs_in else set())):
        yield f"{function}: the page says {action}, and the code never needs it. Change {page_of(function)}."


def triggers(facts):
    ours, theirs = facts.terraform, facts.sam
    for function in sorted({*ours.triggers, *theirs.triggers}):
        for side, other in ((ours, theirs), (theirs, ours)):
            for line in sorted(side.triggers[function] - other.triggers[function]):
                yield f"{function}: {side.tool} has the trigger `{line}`, {other.tool} does not. {both(function)}"
    for function in deployed(facts):
        for side in (ours, theirs):
            if not side.triggers[function]:
                yield f"{function}: {side.tool} has nothing that calls it. {both(function)}"
            for line in side.triggers[function]:
                if line.startswith("rule ") and ":sqs:" in line and line.endswith("undelivered to None"):
                    yield f"{function}: `{line}` in {side.tool} has no dead letters. {both(function)}"
    for side in (ours, theirs):
        for queue, has in sorted(side.queues.items()):
            is_last = any(queue in (other["gives up"] or "") for other in side.queues.values()) or not queue_is_read(side, queue)
            if not is_last and not has["gives up"]:
                yield f"{queue.removeprefix(side.prefix)}: the queue has no dead letters in {side.tool}. {both(queue.removeprefix(side.prefix))}"


def queue_is_read(side, queue):
    return any(f":{queue}," in line for lines in side.triggers.values() for line in lines if line.startswith("takes from"))


def the_rest(facts):
    """Queues, policies of resources, expiry and alarms."""
    ours, theirs = facts.terraform, facts.sam
    for queue in sorted({*ours.queues, *theirs.queues}):
        one, other = ours.queues.get(queue, {}), theirs.queues.get(queue, {})
        for name in sorted({*one, *other}):
            if one.get(name) != other.get(name):
                yield f"queue {queue}: {name}: Terraform has {one.get(name)}, SAM {other.get(name)}. Change infra/terraform/modules/queue, modules/rule-queue or {TEMPLATE}."
    for bucket in sorted({*ours.buckets, *theirs.buckets}):
        for side, other in ((ours, theirs), (theirs, ours)):
            for line in sorted(side.buckets[bucket] - other.buckets[bucket]):
                yield f"bucket {bucket}: {side.tool} has `{line}`, {other.tool} does not. Change infra/terraform/buckets.tf or {TEMPLATE}."
    for variable in sorted({*ours.shell, *theirs.shell}):
        one, other = ours.shell.get(variable), theirs.shell.get(variable)
        if one != other:
            yield f"outputs: {variable}: Terraform has {one!r}, SAM {other!r}. Change `environment` in infra/terraform/outputs.tf or {TEMPLATE}."
    for what, name in (("guards", "policy of a resource"), ("alarms", "alarm")):
        for side, other in ((ours, theirs), (theirs, ours)):
            for line in sorted(getattr(side, what) - getattr(other, what)):
                yield f"{name}: {side.tool} has `{line}`, {other.tool} does not. Change infra/terraform or {TEMPLATE}."
    for function in sorted(ours.functions):
        for metric in ("Errors", "Throttles"):
            dimension = f'AWS/Lambda {metric} of {{"FunctionName":"{ours.prefix}{function}"}}'
            if dimension not in ours.alarms:
                yield f"{function}: no alarm watches its {metric}. Use infra/terraform/modules/lambda."
        if f'"{ours.prefix}{function}"' not in ours.dashboard:
            yield f"{function}: the dashboard does not show it. Change `functions` in infra/terraform/monitoring.tf."
    for queue in sorted(queue for queue in ours.queues if queue_is_read(ours, queue)):
        if f'"{queue}"' not in ours.dashboard:
            yield f"{queue.removeprefix(ours.prefix)}: the dashboard does not show its queue. Change `queues` in infra/terraform/monitoring.tf."


def emulators(facts):
    for function, built_with in sorted(facts.emulators.items()):
        for emulator in sorted(built_with):
            place = f"crates/functions/{function}/Cargo.toml, or a crate below it"
            yield f"{function}: it is built with the emulator {emulator}, which is for tests and local use alone. Change {place}."


def events(facts):
    page = "events/README.md"
    for file in sorted(set(facts.event_files) - set(facts.event_rows)):
        yield f"events/{file} is in no row of the table. Change {page}."
    for file in sorted(set(facts.event_rows) - set(facts.event_files)):
        yield f"events/{file} is in the table, and not there. Change {page}."
    named = {function for functions in facts.event_rows.values() for function in functions}
    for function in sorted(set(facts.functions) - named):
        yield f"{function}: no event of the table is for it. Add one below events/, and a row in {page}."
    for function in sorted(named - set(facts.functions)):
        yield f"{function}: the table names it, and there is no crate. Change {page}."
    for function in deployed(facts):
        brought = {facts.event_files.get(file) for file, functions in facts.event_rows.items() if function in functions}
        for trigger in ("takes from", "Firehose", "address", "rule"):
            lines = [line for line in facts.terraform.triggers[function] if line.startswith(trigger)]
            # A rule whose target is a queue brings its events in the queue's messages.
            if any(trigger != "rule" or ":lambda:" in line for line in lines) and trigger not in brought:
                comes = f"no event of the table comes as its trigger brings it: `{lines[0]}`"
                yield f"{function}: {comes}. Add one below events/, and a row in {page}."


def operating_page(facts):
    """Whoever gets an alarm finds it in the page by its name, and finds no alarm there that does not exist."""
    page = "docs/operating.md"
    rows, of_sam = facts.operating
    functions = "|".join(facts.functions)
    names = {row: re.compile(row.replace("<function>", f"({functions})").replace("<dataset>", r"\w+")) for row in rows}
    for alarm in sorted(facts.terraform.alarm_names):
        if not any(name.fullmatch(alarm) for name in names.values()):
            yield f"alarm {alarm}: Terraform has it, and no row says what to do. Change {page}."
    for row in sorted(row for row, name in names.items() if not any(map(name.fullmatch, facts.terraform.alarm_names))):
        yield f"alarm {row}: a row has it, and Terraform does not. Change {page}."
    for alarm in sorted(facts.sam.alarm_names - of_sam - rows):
        yield f"alarm {alarm}: SAM has it, and the introduction does not name it. Change {page}."
    for alarm in sorted(of_sam - facts.sam.alarm_names):
        yield f"alarm {alarm}: the introduction names it, and SAM does not have it. Change {page}."


def security_page(facts):
    page = "docs/security.md"
    for role, statements in sorted(facts.terraform.permissions.items()):
        for function in facts.terraform.functions_of(role) or [role.removeprefix(facts.terraform.prefix)]:
            if function not in facts.security:
                yield f"{function}: the table of permissions does not have it. Change {page}."
    for function in sorted(set(facts.security) - {name for role in facts.terraform.permissions for name in rows_of(facts, role)}):
        yield f"{function}: the table of permissions has it, and Terraform does not. Change {page}."
    for role, statements in sorted(facts.terraform.permissions.items()):
        rows = rows_of(facts, role)
        says = {action for row in rows for action in facts.security.get(row, set())}
        common = actions.WRITES_LOG | actions.TAKES_MESSAGES if facts.terraform.functions_of(role) else set()
        has = {action for _, action, _, _ in statements} - common
        for action in sorted(has - says):
            yield f"{', '.join(rows)}: Terraform allows {action}, and the table of permissions does not say so. Change {page}."
        for action in sorted(says - has):
            yield f"{', '.join(rows)}: the table of permissions says {action}, and Terraform does not allow it. Change {page}."


def rows_of(facts, role):
    return facts.terraform.functions_of(role) or [role.removeprefix(facts.terraform.prefix)]
