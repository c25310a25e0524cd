"""check_layer and check_cell."""

from __future__ import annotations

import difflib
import sys
import time
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from keras_rnn_conformance.own.declared import Declared, declared
from keras_rnn_conformance.own.judge import Outcome, judge
from keras_rnn_conformance.own.laws import LAWS
from keras_rnn_conformance.own.message import failure_text, place_text
from keras_rnn_conformance.own.script import script_text
from keras_rnn_conformance.own.subject import Kind, Subject, held_to


class ChecksFailed(AssertionError):
    """At least one check failed; `outcomes` holds what every check found."""

    def __init__(self, text: str, outcomes: tuple[Outcome, ...]) -> None:
        super().__init__(text)
        self.outcomes = outcomes


class KerasFaultWarning(UserWarning):
    """A check fails on a layer of Keras's own as well."""


def check_layer(
    layer: Any,
    declare: Declared | None = None,
    *,
    expected_failed_checks: Mapping[str, str] | None = None,
    only: str | Iterable[str] | None = None,
    scripts: str | Path | None = None,
    on_fail: Literal["raise", "return"] = "raise",
    verbose: bool = False,
    **declarations: Any,
) -> tuple[Outcome, ...]:
    """Hold a recurrent layer to every law that applies to it.

    Args:
        layer: a class, a layer, or a factory: a function that takes the options of Keras's
            recurrent layers (`return_sequences`, `dtype`, ...) as keyword arguments, and `units` if
            the layer comes in any size.
        declare: what the layer promises, see `Declared`; or its fields as keyword arguments.
        expected_failed_checks: reasons, by the name of the check. A check that passes
            although it is named here fails, and so does an unknown name.
        only: the name of a check, or several, to run these alone.
        scripts: a folder in which to write a standalone script for every failure.
        on_fail: "return" to get the outcomes instead of an exception.
        verbose: print a line on standard error when a check ends.

    Returns:
        What each check found, in order.

    Raises:
        ChecksFailed: if a check failed, with the text of every failure.
        ValueError: if a name is that of no check.
    """
    return _check(
        layer,
        "layer",
        declare,
        declarations,
        expected_failed_checks,
        only,
        scripts,
        on_fail,
        verbose,
    )


def check_cell(
    cell: Any,
    declare: Declared | None = None,
    *,
    expected_failed_checks: Mapping[str, str] | None = None,
    only: str | Iterable[str] | None = None,
    scripts: str | Path | None = None,
    on_fail: Literal["raise", "return"] = "raise",
    verbose: bool = False,
    **declarations: Any,
) -> tuple[Outcome, ...]:
    """Hold a cell to the laws of cells, and `keras.layers.RNN` over it to those of layers.

    A factory makes a cell; it takes `units` if there are cells of any size, and `dtype` if it hands
    a dtype policy on. The other arguments are those of `check_layer`.
    """
    return _check(
        cell, "cell", declare, declarations, expected_failed_checks, only, scripts, on_fail, verbose
    )


def checked(
    subject: Subject,
    check: str,
    expected: Mapping[str, str],
    scripts: str | Path | Literal[False] | None = None,
) -> tuple[Outcome, str]:
    """What one check found, and the text of its failure (empty if there is none).

    The text ends with the script, or where it was written; with `scripts=False`, without.
    """
    outcome = judge(LAWS[check], subject)
    if check in expected:
        return _held_to(outcome, expected[check])
    if outcome.status != "failed":
        return outcome, ""
    text = failure_text(outcome, subject)
    if scripts is False:
        return outcome, text
    script = script_text(outcome, subject)
    if scripts is None:
        return outcome, f"{text}\n\n{script}"
    return outcome, f"{text}\nscript {_written(Path(scripts), subject, check, script)}"


def known(names: Iterable[str]) -> None:
    """See that every name is that of a check.

    Raises:
        ValueError: if one is not.
    """
    for name in names:
        if name not in LAWS:
            near = ", ".join(difflib.get_close_matches(name, LAWS, 3, 0.5)) or ", ".join(LAWS)
            raise ValueError(f"there is no check called {name!r}; did you mean one of {near}?")


def _held_to(outcome: Outcome, reason: str) -> tuple[Outcome, str]:
    if outcome.status in ("failed", "keras"):
        return Outcome(outcome.check, "expected", reason, outcome.failure, outcome.sizes), ""
    why = f"it was not run: {outcome.reason}" if outcome.status == "skipped" else "it passes"
    text = (
        f"check {outcome.check} is in expected_failed_checks ({reason}), but {why}; remove it there"
    )
    return Outcome(outcome.check, "failed", text), text


def _check(
    source: Any,
    kind: Kind,
    declare: Declared | None,
    declarations: Mapping[str, Any],
    expected: Mapping[str, str] | None,
    only: str | Iterable[str] | None,
    scripts: str | Path | None,
    on_fail: str,
    verbose: bool,
) -> tuple[Outcome, ...]:
    subject = Subject(source, kind, declared(declare, declarations))
    chosen = [only] if isinstance(only, str) else list(only or LAWS)
    known([*chosen, *(expected or {})])
    held_to(source, kind)
    found: list[Outcome] = []
    texts: list[str] = []
    for number, check in enumerate(chosen, 1):
        begun = time.perf_counter()
        printed: str | Path | Literal[False] | None
        printed = scripts if scripts is not None or not texts else False
        outcome, text = checked(subject, check, expected or {}, printed)
        found.append(outcome)
        texts += [text] * bool(text)
        if verbose:
            took = time.perf_counter() - begun
            line = f"{number}/{len(chosen)} {check} {outcome.status} ({took:.1f} s)"
            print(line, file=sys.stderr, flush=True)
    outcomes = tuple(found)
    for outcome in outcomes:
        if outcome.status == "keras" and outcome.failure:
            place = place_text(outcome.failure)
            warnings.warn(
                f"{outcome.check}: {outcome.reason}: {place}", KerasFaultWarning, stacklevel=3
            )
    if texts and on_fail == "raise":
        raise ChecksFailed("\n\n".join([*texts, *_summary(outcomes, scripts)]), outcomes)
    return outcomes


def _summary(outcomes: tuple[Outcome, ...], scripts: str | Path | None) -> list[str]:
    """Which checks failed, in a line, as the last that is read; nothing where one was run."""
    failed = [outcome.check for outcome in outcomes if outcome.status == "failed"]
    if len(outcomes) == 1:
        return []
    more = "; scripts='FOLDER' writes a script for each" if not scripts and failed[1:] else ""
    return [f"{len(failed)} of {len(outcomes)} checks failed: {', '.join(failed)}{more}"]


def _written(folder: Path, subject: Subject, check: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{subject.name.replace(' ', '_')}-{check}.py"
    part = file.with_suffix(".part")
    part.write_text(script, encoding="utf-8")
    part.replace(file)
    return file
