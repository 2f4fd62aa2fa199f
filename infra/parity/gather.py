"""Reads all sides."""

import json
from pathlib import Path

from . import crates, pages, sam, terraform
from .compare import Facts

ROOT = Path(__file__).resolve().parents[2]


def facts(state, template, root=ROOT):
    return assembled(root, terraform.deployment(state), sam.deployment(template))


def assembled(root, ours, theirs, code=None):
    functions = crates.names(root)
    workspace = crates.Crates(root)
    return Facts(
        functions=functions,
        code=code or {function: workspace.code(function) for function in functions},
        pages={function: workspace.page(function) for function in functions},
        emulators={function: workspace.emulators(function) for function in functions},
        terraform=ours,
        sam=theirs,
        modules={path.name for path in (root / "infra/terraform/modules").iterdir()},
        packages={path.parent.name for path in (root / "infra/terraform/tests/build/lambda").glob("*/bootstrap.zip")},
        event_rows=pages.events((root / "events/README.md").read_text()),
        event_files={path.name: pages.trigger_of(json.loads(path.read_text())) for path in (root / "events").glob("*.json")},
        operating=pages.alarms((root / "docs/operating.md").read_text()),
        security=pages.security((root / "docs/security.md").read_text()),
    )
