"""The modules and items of a crate, without its tests."""

from dataclasses import dataclass, field

from .tokens import CLOSE, OPEN, Token, closing, tokens

QUALIFIERS = {"pub", "async", "unsafe", "extern", "default"}


@dataclass(eq=False)
class Item:
    kind: str  # fn, const, type, trait, macro
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

    def is_own_type(self, name):
        return any(item.kind == "type" and item.name == name for item in self.items)

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
            for at, token in enumerate(found[:-1] if word == "fn" else []):
                # Inside of the function: as if it stood before it. `impl Trait + use<'a>` is another word.
                if token == Token("name", "use") and found[at + 1].kind == "name":
                    self._use(found[at + 1 : found.index(Token(";", ";"), at)], module, ())
            self._add(Item(kind, self.name, module.path, name, found, seen, owner, of_trait), module)
        elif word in {"struct", "enum", "union", "type"} and owner is None:
            self._add(Item("type", self.name, module.path, name, found, visibility), module)
        elif word in {"impl", "trait"}:
            block = next(at for at, token in enumerate(found) if token.kind == "{")
            head, is_trait = found[1:block], word == "trait"
            if is_trait:
                self._add(Item("trait", self.name, module.path, name, head, visibility), module)
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
