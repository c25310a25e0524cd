"""The page: a template, its style and its script made into one file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from keras_rnn_conformance.atlas import plot as plots
from keras_rnn_conformance.atlas import timeline
from keras_rnn_conformance.atlas.explaining import Explanations
from keras_rnn_conformance.atlas.gather import Gathered
from keras_rnn_conformance.atlas.model import Model, documented, said_of
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.paths import REQUIREMENT
from keras_rnn_conformance.base.version import SUITE
from keras_rnn_conformance.results.file import Results
from reference_impl.generations import GENERATIONS

FOLDER = Path(__file__).resolve().parent / "page"
SCRIPTS = ("model.js", "grid.js", "panel.js", "start.js")
MARK = "keras-rnn-conformance atlas"
"""What the page calls itself, by which an earlier one is known."""


@dataclass(frozen=True)
class Glance:
    """How the newest release on a backend stands.

    Attributes:
        run: the release, and what it ran on.
        holds: the cases that break no rule.
        known: those that break rules, all of them known to.
        open: those that break a rule which nothing explains.
        absent: those that cannot run there.
    """

    run: Results
    holds: int
    known: int
    open: int
    absent: int


def page(gathered: Gathered) -> str:
    """The whole page.

    Raises:
        CommandFault: if the package that fills in the template is not installed.
    """
    model = Model(gathered, Explanations.of_file())
    style = _text("atlas.css")
    script = "\n".join(["(() => {", '"use strict";', *map(_text, SCRIPTS), "})();", ""])
    return _template().render(
        mark=MARK,
        suite=SUITE,
        data=model.data(),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        glances=_glances(model),
        releases=[str(release) for release in model.releases],
        families=[(name, len(list(rs))) for name, rs in groupby(model.releases, _family)],
        backends=list(dict.fromkeys(run.header["backend"] for run in gathered.runs)),
        subjects=_subjects(model),
        layers=model.layers,
        options=_options(model),
        cases=len(gathered.cases),
        generations=GENERATIONS.values(),
        tracks=timeline.tracks(),
        numbers=timeline.numbers(),
        moved=timeline.moved(gathered),
        plot=plots.plot(gathered),
        plots=plots,
    )


def _template() -> Any:
    try:
        import jinja2
    except ImportError:
        install = f"pip install '{REQUIREMENT.format('atlas')}'"
        raise CommandFault(f"the atlas needs jinja2: {install}") from None
    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.FileSystemLoader(FOLDER),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "separators": (",", ":")}
    return environment.get_template("atlas.html.jinja")


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The hash by which the page's own policy allows a style or a script, and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _family(release: Any) -> str:
    return "Keras 3" if release.major >= 3 else "Keras 2 and tf-keras"


def _subjects(model: Model) -> list[tuple[str, list[dict[str, str]]]]:
    return [
        (subject, [said_of(id) for id in ids])
        for subject, ids in groupby(model.rules, lambda id: id.rpartition("-")[0])
    ]


def _options(model: Model) -> list[tuple[str, str, list[str]]]:
    return [
        (key, documented(key), [value for _, value in pairs])
        for key, pairs in groupby(model.options, lambda pair: pair[0])
    ]


def _glances(model: Model) -> list[Glance]:
    seen: dict[str, Results] = {}
    for results in model.gathered.runs:
        seen.setdefault(results.header["backend"], results)
    return [_glance(model, results) for results in seen.values()]


def _glance(model: Model, results: Results) -> Glance:
    counts = Counter(model.standing(id, results) for id in results.rows)
    return Glance(results, counts["holds"], counts["known"], counts["open"], counts["absent"])
