"""The page: a template, its style and its script made into one file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
from itertools import groupby
from pathlib import Path
from typing import Any

from keras_rnn_conformance.atlas import plot as plots
from keras_rnn_conformance.atlas import timeline
from keras_rnn_conformance.atlas.causes import known, lines
from keras_rnn_conformance.atlas.choice import choice
from keras_rnn_conformance.atlas.explaining import Explanations
from keras_rnn_conformance.atlas.gather import NOT_KERAS, Gathered, called
from keras_rnn_conformance.atlas.model import Model, documented, said_of
from keras_rnn_conformance.atlas.scorecards import ALL, Score, worded
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.paths import REQUIREMENT
from keras_rnn_conformance.base.version import SUITE
from keras_rnn_conformance.judging.subjects import SUBJECTS, subject_of
from keras_rnn_conformance.results.standing import Standing
from reference_impl.generations import GENERATIONS

FOLDER = Path(__file__).resolve().parent / "page"
SCRIPTS = ("model.js", "cards.js", "causes.js", "grid.js", "panel.js", "start.js")
MARK = "keras-rnn-conformance atlas"
"""What the page calls itself, by which an earlier one is known."""


def modelled(gathered: Gathered) -> Model:
    """What the page, the scorecards and the badges are made from.

    Raises:
        CommandFault: if the known failures cannot be used.
    """
    return Model(gathered, Explanations.of_file(), known())


def page(model: Model) -> str:
    """The whole page.

    Raises:
        CommandFault: if the package that fills in the template is not installed.
    """
    template, gathered = _template(), model.gathered
    style = _text("atlas.css")
    script = "\n".join(["(() => {", '"use strict";', *map(_text, SCRIPTS), "})();", ""])
    return template.render(
        mark=MARK,
        suite=SUITE,
        data=model.data(),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        runs=_runs(model),
        choice=choice(gathered, model.causes),
        causes=lines(model.causes),
        releases=list(map(called, model.releases)),
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
    if release == NOT_KERAS:
        return "Other runtimes"
    return "Keras 3" if release.major >= 3 else "Keras 2 and tf-keras"


def _subjects(model: Model) -> list[tuple[str, list[dict[str, str]]]]:
    return [
        (SUBJECTS.get(subject, subject), [said_of(id) for id in ids])
        for subject, ids in groupby(model.rules, subject_of)
    ]


def _options(model: Model) -> list[tuple[str, str, list[str]]]:
    return [
        (key, documented(key), [value for _, value in pairs])
        for key, pairs in groupby(model.options, lambda pair: pair[0])
    ]


def _runs(model: Model) -> dict[str, dict[str, tuple[Score, str, int, int]]]:
    """By release and backend: the score, its words, the cases recorded, and those that are not."""
    by_release: dict[str, dict[str, tuple[Score, str, int, int]]] = {}
    for results in model.gathered.runs:
        score = model.scorecards.scores[results.name][ALL]
        missing = score.counts[Standing.NOT_RECORDED]
        cell = (score, worded(score), len(results.rows), missing)
        by_release.setdefault(results.header["keras"], {})[results.header["backend"]] = cell
    return by_release
