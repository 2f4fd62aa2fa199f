"""Which items of the workspace's Rust source a program can reach from its `main`.

No compiler: the source is read as tokens, and names are looked up as Rust does it (modules, `use`, re-exports, visibility). Where types
would be needed, the answer is the larger one: a call `.name(...)` may reach every method of this name that is visible there, belongs to
a crate that the caller depends on, and to a type that reachable code mentions. So nothing that is called is missed, and what the larger
answer adds shows as a difference that somebody must look at. Tests are left out.
"""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*)
  | (?P<comment>/\*)
  | (?P<raw>b?r(?P<hashes>\#*)"(?P<rawtext>.*?)"(?P=hashes))
  | (?P<string>b?"(?P<text>(?:[^"\\]|\\.)*)")
  | (?P<char>b?'(?:[^'\\\n]|\\[^\n][^'\n]*)')
  | (?P<lifetime>'[A-Za-z_]\w*)
  | (?P<name>(?:r\#)?[A-Za-z_]\w*)
  | (?P<number>\d[\w.]*?(?=\.\.|\.[A-Za-z_]|[^\w.]|$))
  | (?P<path>::)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}
QUALIFIERS = {"pub", "async", "unsafe", "extern", "default"}


@dataclass(frozen=True)
class Token:
    kind: str  # name, string, number, or the character itself
    text: str


def tokens(source):
    found, at = [], 0
    while at < len(source):
        match = TOKEN.match(source, at)
        at = match.end()
        if match["comment"]:
            depth = 1
            while depth:
                inner = re.compile(r"/\*|\*/").search(source, at)
                depth += 1 if inner[0] == "/*" else -1
                at = inner.end()
        elif match["name"]:
            found.append(Token("name", match["name"].removeprefix("r#")))
        elif match["raw"] or match["string"]:
            found.append(Token("string", match["rawtext"] if match["raw"] else match["text"]))
        elif match["number"]:
            found.append(Token("number", match["number"]))
        elif match["path"]:
            found.append(Token("::", "::"))
        elif match["other"]:
            found.append(Token(match["other"], match["other"]))
    return found


def closing(found, start):
    """The place of the bracket that closes the one at `start`."""
    depth = 0
    for at in range(start, len(found)):
        depth += (found[at].kind in OPEN) - (found[at].kind in CLOSE)
        if depth == 0:
            return at
    raise ValueError("a bracket is not closed")


@dataclass(eq=False)
class Item:
    kind: str  # fn, const, type, macro
    crate: str
    module: tuple
    name: str
    tokens: list
    visibility: str  # pub, crate, private
    owner: str = None  # the type of a method
    of_trait: bool = False  # its `impl` is one of a trait, so that code of other crates may call it

    def __str__(self):
        return "::".join([self.crate, *self.module, *([self.owner] if self.owner else []), self.name])


@dataclass(eq=False)
class Module:
    crate: str
    path: tuple
    names: dict = field(default_factory=dict)  # name -> all that it is: an Item, a Module, the path of a `use`
    globs: list = field(default_factory=list)

    def known(self, name, what):
        self.names.setdefault(name, []).append(what)


class Crate:
    """The modules and items that start at one root file."""

    def __init__(self, name, root, dependencies):
        self.name = name
        self.dependencies = dependencies
        self.modules = {}
        self.items = []
        self.methods = {}  # name -> items
        self.of_type = {}  # type -> items of its impls
        self._file(root, (), root.parent)

    def _file(self, file, path, folder):
        self._module(tokens(file.read_text()), path, folder)

    def _module(self, found, path, folder):
        module = self.modules.setdefault(path, Module(self.name, path))
        self._items(found, module, folder, owner=None, of_trait=False)

    def _add(self, item, module):
        self.items.append(item)
        if item.owner:
            self.of_type.setdefault(item.owner, []).append(item)
            if item.kind == "fn":
                self.methods.setdefault(item.name, []).append(item)
        else:
            module.known(item.name, item)

    def _items(self, found, module, folder, owner, of_trait):
        at, is_test = 0, False
        while at < len(found):
            if found[at].kind == "#":
                start = at + 1 + (found[at + 1].kind == "!")
                end = closing(found, start)
                is_test |= [t.text for t in found[start + 1 : end]] in (["cfg", "(", "test", ")"], ["test"])
                at = end + 1
                continue
            start, visibility = at, "private"
            while self._qualifies(found, at):
                if found[at].text == "pub":
                    visibility = "pub"
                    if found[at + 1].kind == "(":
                        visibility, at = "crate", closing(found, at + 1)
                at += 1
            word, end = found[at].text, self._end(found, at)
            if not is_test:
                self._item(word, found[at:end], module, folder, owner, of_trait, visibility)
            at, is_test = max(end, start + 1), False

    @staticmethod
    def _qualifies(found, at):
        """Whether this word stands before an item's own: `pub`, `async`, the "C" of `extern "C" fn`, the `const` of `const fn`."""
        is_const_fn = found[at].text == "const" and found[at + 1].text in {"fn", "async", "unsafe"}
        return found[at].text in QUALIFIERS or found[at].kind == "string" or is_const_fn

    @staticmethod
    def _end(found, at):
        """Behind the item that begins here: its `;`, or its first block."""
        until_semicolon = found[at].text in {"use", "const", "static", "type"}
        while at < len(found):
            if found[at].kind == ";":
                return at + 1
            if found[at].kind in OPEN:
                is_block = found[at].kind == "{" and not until_semicolon
                at = closing(found, at)
                if is_block:
                    return at + 1
            at += 1
        return at

    def _item(self, word, found, module, folder, owner, of_trait, visibility):
        name = found[1].text if len(found) > 1 else ""
        if word == "mod":
            child = (*module.path, name)
            module.known(name, Module(self.name, child))
            if found[2].kind == "{":
                self._module(found[3:-1], child, folder / name)
                return
            for file, inner in ((folder / f"{name}.rs", folder / name), (folder / name / "mod.rs", folder / name)):
                if file.exists():
                    self._file(file, child, inner)
                    return
            raise FileNotFoundError(f"{self.name}: mod {name} has no file below {folder}")
        if word == "use":
            self._use(found[1:-1], module, ())
        elif word in {"fn", "const", "static", "macro_rules"}:
            name = found[2].text if word == "macro_rules" or name == "mut" else name
            kind = {"fn": "fn", "macro_rules": "macro"}.get(word, "const")
            # What an `impl` of a trait has is as visible as the trait.
            seen = "pub" if of_trait else visibility
            self._add(Item(kind, self.name, module.path, name, found, seen, owner, of_trait), module)
        elif word in {"struct", "enum", "union", "type"} and owner is None:
            self._add(Item("type", self.name, module.path, name, found, visibility), module)
        elif word in {"impl", "trait"}:
            block = next(at for at, token in enumerate(found) if token.kind == "{")
            head, is_trait = found[1:block], word == "trait"
            if is_trait:
                self._add(Item("type", self.name, module.path, name, head, visibility), module)
            words = [t.text for t in head]
            start = words.index("for") + 1 if "for" in words and not is_trait else self._behind_generics(head)
            self._items(found[block + 1 : -1], module, folder, self._type_name(head[start:]), is_trait or "for" in words)

    @staticmethod
    def _behind_generics(head):
        if not head or head[0].kind != "<":
            return 0
        depth = 0
        for at, token in enumerate(head):
            depth += (token.kind == "<") - (token.kind == ">" and head[at - 1].kind != "-")
            if depth == 0:
                return at + 1
        return 0

    @staticmethod
    def _type_name(found):
        """The last name of the path that begins here: `b::Type<'a>` is `Type`."""
        name = ""
        for at, token in enumerate(found):
            if token.kind == "name" and token.text not in {"mut", "dyn", "where"}:
                name = token.text
                if at + 1 >= len(found) or found[at + 1].kind != "::":
                    break
        return name

    def _use(self, found, module, prefix):
        """One tree of a `use`."""
        path, at = list(prefix), 0
        while at < len(found):
            token = found[at]
            if token.kind == "{":
                inner, part = found[at + 1 : closing(found, at)], []
                depth = 0
                for piece in [*inner, Token(",", ",")]:
                    depth += (piece.kind in OPEN) - (piece.kind in CLOSE)
                    if piece.kind == "," and depth == 0:
                        if part:
                            self._use(part, module, tuple(path))
                        part = []
                    else:
                        part.append(piece)
                return
            if token.kind == "*":
                module.globs.append(tuple(path))
                return
            if token.text == "as":
                module.known(found[at + 1].text, tuple(path))
                return
            if token.kind == "name":
                if token.text == "self" and path:
                    break
                path.append(token.text)
            at += 1
        if path:
            module.known(path[-1], tuple(path))


class Workspace:
    """All crates below `root`, by the name that code calls them."""

    def __init__(self, root):
        self.root = root
        self.manifests = {}
        self._crates = {}
        members = tomllib.loads((root / "Cargo.toml").read_text())["workspace"]["members"]
        for file in sorted({file for member in members for file in root.glob(f"{member}/Cargo.toml")}):
            told = tomllib.loads(file.read_text())
            self.manifests[told["package"]["name"].replace("-", "_")] = (file.parent, told.get("dependencies", {}))

    def folder(self, crate):
        return self.manifests[crate.removesuffix(".main")][0]

    def sdks(self, crate):
        """The crates of the SDK that a crate depends on."""
        return {name for name in self.manifests[crate.removesuffix(".main")][1] if name.startswith("aws-sdk-")}

    def crate(self, name):
        """A crate, read when it is first asked for; a binary is the crate `<name>.main`, which depends on its library."""
        if name not in self._crates:
            is_main = name.endswith(".main")
            dependencies = {d.replace("-", "_") for d in self.manifests[name.removesuffix(".main")][1]} & set(self.manifests)
            root = self.folder(name) / "src" / ("main.rs" if is_main else "lib.rs")
            self._crates[name] = Crate(name, root, dependencies | ({name.removesuffix(".main")} if is_main else set()))
        return self._crates[name]

    def below(self, crate):
        """The crates that a crate depends on, itself among them."""
        seen, todo = [], [crate]
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.append(name)
                todo.extend(sorted(self.crate(name).dependencies))
        return seen

    def lookup(self, crate, module, path, owner=None, seen=frozenset()):
        """What a path means where it is written: items and modules; nothing for what other people's crates have."""
        first, *rest = path
        here = self.crate(crate).modules.get(module)
        key = (crate, module, tuple(path))
        if here is None or key in seen:
            return []
        seen = seen | {key}
        if first == "crate":
            return self._within(self.crate(crate).modules[()], rest, seen)
        if first == "self":
            return self._within(here, rest, seen)
        if first == "super":
            return self._within(self.crate(crate).modules[module[:-1]], rest, seen)
        if first == "Self" and owner:
            return self._of_type(crate, owner, rest)
        known = self._names(here, first, seen)
        if known:
            return [end for start in known for end in self._within(start, rest, seen)]
        if first in self.crate(crate).dependencies:
            return self._within(self.crate(first).modules[()], rest, seen)
        return []

    def _names(self, module, name, seen):
        found = []
        for what in module.names.get(name, []):
            found += self.lookup(module.crate, module.path, what, seen=seen) if isinstance(what, tuple) else [what]
        if not found:
            for glob in module.globs:
                found += self.lookup(module.crate, module.path, (*glob, name), seen=seen)
        return found

    def _within(self, start, rest, seen):
        if isinstance(start, Item):
            return [start, *self._of_type(start.crate, start.name, rest)] if rest and start.kind == "type" else [start]
        start = self.crate(start.crate).modules[start.path]
        if not rest:
            return [start]
        return [end for next_ in self._names(start, rest[0], seen) for end in self._within(next_, rest[1:], seen)]

    def _of_type(self, crate, owner, rest):
        members = self.crate(crate).of_type.get(owner, [])
        types = [item for item in self.crate(crate).items if item.kind == "type" and item.name == owner]
        return types + [item for item in members if rest and item.name == rest[0]]


class Reach:
    """What is reachable from a crate's `main`."""

    def __init__(self, workspace, crate):
        self.workspace = workspace
        self.items, self._types, self._calls, self._todo, self._dependencies = {}, set(), [], [], {}
        root = workspace.crate(f"{crate.replace('-', '_')}.main")
        self._below = workspace.below(root.name)
        for item in root.modules[()].names["main"]:
            self._add(item)
        while self._todo:
            self._scan(self._todo.pop())

    def _add(self, item):
        if isinstance(item, Module) or item in self.items:
            return
        self.items[item] = None
        self._todo.append(item)
        if item.kind == "type" or item.owner:
            self._live(item.crate, item.owner or item.name)

    def _live(self, crate, name):
        if (crate, name) in self._types:
            return
        self._types.add((crate, name))
        known = self.workspace.crate(crate)
        for item in known.items:
            if item.kind == "type" and item.name == name and not item.owner:
                self._add(item)
        for item in known.of_type.get(name, []):
            # Code of other crates may call what a trait asks for; what else it calls, it calls here.
            if item.of_trait:
                self._add(item)
        for caller, method in self._calls:
            self._called(caller, method, only=(crate, name))

    def _scan(self, item):
        found, at = item.tokens, 0
        while at < len(found):
            if found[at].kind != "name":
                at += 1
                continue
            if at and found[at - 1].kind == ".":
                if at + 1 < len(found) and found[at + 1].kind in {"(", "::"}:
                    self._calls.append((item, found[at].text))
                    self._called(item, found[at].text)
                at += 1
                continue
            path = [found[at].text]
            while at + 2 < len(found) and found[at + 1].kind == "::" and found[at + 2].kind == "name":
                path.append(found[at + 2].text)
                at += 2
            for end in self.workspace.lookup(item.crate, item.module, path, item.owner):
                self._add(end)
            at += 1

    def _seen_by(self, crate):
        if crate not in self._dependencies:
            self._dependencies[crate] = set(self.workspace.below(crate))
        return self._dependencies[crate]

    def _called(self, caller, method, only=None):
        for name in self._below:
            for item in self.workspace.crate(name).methods.get(method, []):
                owner = (name, item.owner)
                if owner not in self._types or (only and owner != only) or item in self.items:
                    continue
                is_near = item.crate == caller.crate and caller.module[: len(item.module)] == item.module
                is_visible = {
                    "pub": name in self._seen_by(caller.crate),
                    "crate": caller.crate == name,
                    "private": is_near,
                }[item.visibility]
                if is_visible:
                    self._add(item)
