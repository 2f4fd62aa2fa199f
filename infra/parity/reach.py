"""Which items of the workspace's Rust source a program can reach from its `main`.

No compiler: the source is read as tokens, and names are looked up as Rust does it (modules, `use`, re-exports, visibility). Where types
would be needed, the answer is the larger one: a call `.name(...)` may reach every method of this name that is visible there, belongs to
a crate that the caller depends on, and to a type that reachable code mentions. So nothing that is called is missed, and what the larger
answer adds shows as a difference that somebody must look at. Tests are left out.
"""

import tomllib

from .source import Crate, Item, Module


class Workspace:
    """All crates below `root`, by the name that code calls them."""

    def __init__(self, root):
        self.root = root
        self.manifests = {}
        self._crates = {}
        members = tomllib.loads((root / "Cargo.toml").read_text())["workspace"]["members"]
        for file in sorted({file for member in members for file in root.glob(f"{member}/Cargo.toml")}):
            manifest = tomllib.loads(file.read_text())
            self.manifests[manifest["package"]["name"].replace("-", "_")] = (file.parent, manifest.get("dependencies", {}))

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

    def folders_below(self, crate):
        """The folders of the crates that a crate is built with, without reading their source; those of its tests are left out."""
        seen, todo = {}, [crate]
        while todo:
            name = todo.pop()
            if name not in seen:
                seen[name], dependencies = self.manifests[name]
                todo.extend({dependency.replace("-", "_") for dependency in dependencies} & set(self.manifests))
        return set(seen.values())

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
            has_members = rest and start.kind in ("type", "trait")
            return [start, *self._of_type(start.crate, start.name, rest)] if has_members else [start]
        start = self.crate(start.crate).modules[start.path]
        if not rest:
            return [start]
        return [end for next_ in self._names(start, rest[0], seen) for end in self._within(next_, rest[1:], seen)]

    def _of_type(self, crate, owner, rest):
        members = self.crate(crate).of_type.get(owner, [])
        types = [item for item in self.crate(crate).items if item.kind in ("type", "trait") and item.name == owner]
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
        for crate in map(workspace.crate, self._below):
            # What traits do by themselves and for types of other crates: its callers cannot be found by a type's name.
            for item in crate.items:
                if item.of_trait and not crate.is_own_type(item.owner):
                    self._add(item)
        while self._todo:
            self._scan(self._todo.pop())

    def _add(self, item):
        if isinstance(item, Module) or item in self.items:
            return
        self.items[item] = None
        self._todo.append(item)
        if item.kind in ("type", "trait") or item.owner:
            self._live(item.crate, item.owner or item.name)

    def _live(self, crate, name):
        if (crate, name) in self._types:
            return
        self._types.add((crate, name))
        known = self.workspace.crate(crate)
        for item in known.items:
            if item.kind in ("type", "trait") and item.name == name and not item.owner:
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
