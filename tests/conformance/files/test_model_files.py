"""Files of older releases: what a Keras of years ago wrote loads today, and computes the same."""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.base.observation import Unobserved
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.models.archive import file_of, files
from keras_rnn_conformance.cases.models.shelf import ROWS
from keras_rnn_conformance.judging.rules import Failure, Trial, rule

SMOKE = ("lstm_h5_2_3_1", "both_keras_3_8_0")
AGAIN = "again: "


def cases(profile: str) -> Iterator[Case]:
    """By model and format, the files of the oldest and of the newest release; else all."""
    for file in files():
        wrote = ROWS[file.row].releases[file.form].split()
        wanted = {
            "smoke": file.case["what"] in SMOKE,
            "default": file.release in (wrote[0], wrote[-1]),
        }
        if wanted.get(profile, True):
            yield file.case


def of_files(case: Case) -> bool:
    """The cases that load a file."""
    return case["do"] == "file"


def _whole(case: Case) -> bool:
    return of_files(case) and file_of(case).whole


def _refused(trial: Trial) -> bool:
    """Whether the loader says that Keras no longer has what the file holds."""
    gone = file_of(trial.case).gone
    return bool(gone) and gone in str(trial.seen.facts.get("refusal", ""))


def _must_be_loaded(trial: Trial) -> None:
    """A model that was not loaded neither keeps nor breaks a rule about its numbers."""
    if trial.seen.facts["came"] != "arrays":
        raise Unobserved("the file was not loaded")


@rule(
    "FILES-1",
    "A file that an older release wrote loads: a whole model, or weights into a model "
    "like it; or the error names what Keras no longer has.",
    source="keras.saving.load_model; keras.Model.load_weights; guide: Migrating Keras 2 code to "
    "multi-backend Keras 3",
    applies=of_files,
)
def loads(trial: Trial) -> Iterator[Failure]:
    came = str(trial.seen.facts["came"])
    if came != "arrays" and not _refused(trial):
        gone = file_of(trial.case).gone
        yield Failure(
            "error", "what came", came, f"an error that names {gone}" if gone else "a model"
        )


@rule(
    "FILES-2",
    "A loaded model computes what the options in its file meant when it was written.",
    source="keras.saving.load_model; keras.layers.LSTM and GRU of the release that wrote the file",
    applies=of_files,
)
def means_the_same(trial: Trial) -> Iterator[Failure]:
    _must_be_loaded(trial)
    yield from trial.compare()


@rule(
    "FILES-3",
    "A loaded model computes what it computed in the release that wrote it.",
    source="keras.saving.load_model; the outputs in fixtures/files, of the release itself",
    applies=of_files,
)
def computes_the_same(trial: Trial) -> Iterator[Failure]:
    _must_be_loaded(trial)
    for name, (numbers, bound) in trial.want.facts["recorded"].items():
        yield from trial.close(name, numbers, bound)


@rule(
    "FILES-4",
    "What was loaded from an old file can be saved in today's format, and computes the same again.",
    source="keras.Model.save; keras.saving.load_model; guide: Migrating Keras 2 code to "
    "multi-backend Keras 3",
    applies=_whole,
)
def saved_again(trial: Trial) -> Iterator[Failure]:
    _must_be_loaded(trial)
    for name in trial.want.names:
        loaded = trial.seen.arrays[name]
        bound = 2.0 * trial.want.arrays[name].bound
        if loaded.shape == bound.shape:
            yield from trial.close(AGAIN + name, loaded, bound)
