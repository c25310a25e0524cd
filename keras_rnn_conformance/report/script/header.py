"""The head of a script: what it shows, and what it runs on, as inline script metadata (PEP 723).

`uv run repro.py` and `pipx run repro.py` install the very releases that the finding is about.
"""

from __future__ import annotations

import json
import platform
from pathlib import Path

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.paths import FIXTURES
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.models.archive import files_of
from keras_rnn_conformance.cases.scenarios.formats import FORMATS
from keras_rnn_conformance.judging.rules import RULES
from keras_rnn_conformance.report.script.text import Lines, Plan, wrapped


def head(plan: Plan) -> Lines:
    """The lines up to the imports of Keras and NumPy."""
    described, rule = environment.describe(), RULES[plan.rule]
    backend = described["backend"]
    files = files_of(plan.case)
    on = f"Keras {described['keras']} with {backend} {described['backend version']}"
    return [
        *metadata(plan.case),
        *(f"# {line}" for line in wrapped(f"{plan.rule}: {rule.sentence} ({rule.source})")),
        f"# {on} breaks it: {plan.case.id}",
        *(f"# It reads {file.name}, beside it: {place_of(file)} of the suite." for file in files),
        "import os",
        f'os.environ["KERAS_BACKEND"] = "{backend}"',
        "import keras",
        "import numpy as np",
    ]


def place_of(file: Path) -> str:
    """Where a fixture lies in the suite."""
    return (Path(FIXTURES.name) / file.relative_to(FIXTURES)).as_posix()


def metadata(case: Case) -> Lines:
    """The releases that this process runs on."""
    python = ".".join(platform.python_version_tuple()[:2])
    return [
        "# /// script",
        f'# requires-python = "=={python}.*"',
        f"# dependencies = {json.dumps(requirements(case))}",
        "# ///",
    ]


def requirements(case: Case) -> list[str]:
    """Keras, NumPy and what backend and export need, each in the release that is installed."""
    needed, names = BACKENDS[environment.backend()]
    packages = [("keras", "keras-nightly"), ("numpy",), tuple(names.split())]
    packages += [(name,) for name in needed.split() if name not in names.split()]
    if case["do"] == "export":
        writer = FORMATS[str(case["what"])].writers.get(environment.backend())
        packages += [(name.replace("_", "-"),) for name in (writer.modules if writer else ())]
    versions = {one: environment.version(one) for group in packages for one in group}
    return [
        f"{name}=={version.partition('+')[0]}"
        for name, version in versions.items()
        if version != "none"
    ]
