"""The crates: which functions exist, what their code reads and calls, and what their pages state of it."""

import re
from dataclasses import dataclass

from .actions import needed
from .reach import Reach, Workspace

VARIABLE = re.compile(r"LANDFALL_[A-Z0-9_]+")
# Words with which a page marks a variable as optional.
OPTIONAL = re.compile(r"if absent|optional|needed when")

# Variables that are deployed and not read by the code, and who reads them.
OF_OTHERS = {
    "MALLOC_ARENA_MAX": "glibc, at the start of the process: mallopt(3)",
}


@dataclass
class Code:
    """What a function's code reads and calls."""

    variables: dict  # name -> whether the function does not start without it
    actions: dict  # action -> where it is needed
    areas: set  # folders of the lake's events that it names
    makes_keys_in: set  # those of them that it makes keys in


@dataclass
class Page:
    """The facts of a function's README."""

    variables: dict  # name -> whether it is required
    alternatives: list  # names of which one is required
    actions: set
    as_function: str  # the function whose permissions it has too


def names(root):
    """Every function has a folder; there is no other list."""
    return sorted(path.parent.name for path in (root / "crates/functions").glob("*/Cargo.toml"))


def camel_case(name):
    return name.title().replace("-", "")


class Crates:
    def __init__(self, root):
        self.root = root
        self.workspace = Workspace(root)

    def code(self, function):
        reach = Reach(self.workspace, function)
        named, made = areas(reach)
        return Code(variables(reach), needed(reach, self.workspace), named, made)

    def emulators(self, function):
        """The emulators that a function is built with, by their folders' names."""
        folders = self.workspace.folders_below(function.replace("-", "_"))
        return {folder.name for folder in folders if folder.parent == self.root / "crates/emulators"}

    def page(self, function):
        return read_page((self.root / "crates/functions" / function / "README.md").read_text())


def read_page(text):
    page = Page({}, [], set(), None)
    for row in re.findall(r"^\| (`.*?) \| (.*) \|$", text, re.MULTILINE):
        found = re.findall(r"`([A-Z][A-Z0-9_]+)`", row[0])
        if " or " in row[0]:
            page.alternatives.append(found)
        required = not OPTIONAL.search(row[1]) and " or " not in row[0]
        page.variables.update({name: required for name in found})
    permissions = re.search(r"^\*\*Permissions\*\*.*?(?=\n\n|\*\*Failure|\Z)", text, re.MULTILINE | re.DOTALL)
    if permissions:
        found = re.findall(r"`([a-z0-9-]+:[A-Z]\w+)`", permissions[0])
        # With a key of the deployment's own every function with data may use it: docs/security.md.
        page.actions = {action for action in found if not action.startswith("kms:")}
        other = re.search(r"those of\s+`([a-z-]+)`", permissions[0])
        page.as_function = other and other[1]
    return page


def variables(reach):
    """The variables that reachable code looks up: as text, or by a constant that is one."""
    constants = {item.name: item.tokens[-2].text for item in reach.items if item.kind == "const" and is_variable(item.tokens[-2:-1])}
    found = {}
    for item in reach.items:
        if item.kind != "fn":
            continue
        for at, token in enumerate(item.tokens):
            name = token.text if is_variable([token]) else constants.get(token.text) if token.kind == "name" else None
            if name and item.tokens[at - 1].kind == "(":
                found[name] = found.get(name, False) or is_required(item.tokens, at)
    return found


def is_variable(tokens):
    return len(tokens) == 1 and tokens[0].kind == "string" and VARIABLE.fullmatch(tokens[0].text)


def is_required(tokens, at):
    """`required("NAME", ...)`, or `lookup(NAME).ok_or(...)`."""
    depth = 1
    for end in range(at, len(tokens)):
        depth += (tokens[end].kind in "([{") - (tokens[end].kind in ")]}")
        if depth == 0:
            break
    behind = [token.text for token in tokens[end + 1 : end + 3]]
    return tokens[at - 2].text == "required" or behind in ([".", "ok_or"], [".", "ok_or_else"])


# A folder of the events in a text of a key: `"{}/written/{}.json"`.
FOLDER = re.compile(r"\{\w*\}/([a-z]+)/\{")


def areas(reach):
    """The folders of the lake that reachable code names, and those that it makes keys in: the others are only compared with."""
    named, made = set(), set()
    for item in reach.items:
        if item.kind != "fn" or item.owner == "Area":
            continue
        for at, token in enumerate(item.tokens):
            if token.text == "Area" and item.tokens[at + 1].kind == "::":
                area, behind = item.tokens[at + 2].text, item.tokens[at + 3].kind
                if area.isupper():  # a constant, such as Area::ALL
                    continue
                area = area.lower()
                named.add(area)
                if behind in {")", "."} and item.tokens[at - 1].kind != "=":
                    made.add(area)
            if token.kind == "string":
                made.update(FOLDER.findall(token.text))
    return named | made, made
