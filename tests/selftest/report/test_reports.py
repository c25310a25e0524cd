"""Reports of planted faults: the diagnosis names each, the case is minimal, the script alone."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from itertools import permutations
from pathlib import Path
from statistics import median

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.scenarios.table import BY_NAME
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.known_failures import FILE, load
from keras_rnn_conformance.judging.verdict import conduct
from keras_rnn_conformance.report import issue, shrink
from keras_rnn_conformance.report.failure_signature import fails_alike, unexpected, way_of
from keras_rnn_conformance.report.findings import Finding, add_script, examine, plan_of
from keras_rnn_conformance.report.repro import Script, script
from tests.quality.fault_injection.faults import catalogue, planted

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

suite.modules()
FAULTS = catalogue()
FAILING = unexpected(
    load(FILE, environment.version("keras", "keras-nightly"), environment.backend())
)


def _orders(cell: str, gates: str) -> dict[str, str]:
    words = ["".join(order) for order in list(permutations(gates))[1:]]
    return {f"{cell} {word}": f"gates in the order {', '.join(word)}" for word in words}


NAMED = {
    **_orders("LSTMCell", "ifco"),
    **_orders("GRUCell", "zrh"),
    "SimpleRNN turned": "recurrent kernel transposed",
    "LSTM turned": "recurrent kernel transposed",
    "GRU turned": "recurrent kernel transposed",
    "SimpleRNN unbiased": "bias left out",
    "LSTM unbiased": "bias left out",
    "GRU unbiased": "bias left out",
    "SimpleRNN biased twice": "bias added twice",
    "LSTM biased twice": "bias added twice",
    "LSTM forgetful": "recurrent kernel left out",
    "GRU forgetful": "recurrent kernel left out",
    "LSTM first feature": "first feature",
    "SimpleRNN coarse": "rounding of float16",
    "SimpleRNN activation": "activation tanh whatever",
    "GRU activation": "activation tanh whatever",
    "LSTM hidden for carry": "hidden state in the place of the carry",
    "LSTM carry for hidden": "carry in the place of the hidden state",
    "LSTM bare carry": "activation of the carry left out",
    "LSTM open output": "output gate always open",
    "LSTM late carry": "carry of the step before",
    "LSTM never forgets": "forget gate always open",
    "LSTM always writes": "input gate always open",
    "LSTM forget bias at run time": "1 added to the forget gate's bias",
    "GRU mirrored update": "update gate mirrored",
    "GRU never resets": "reset gate always open",
    "GRU input bias": "input bias left out",
    "GRU recurrent bias": "recurrent bias left out",
    "GRU crossed biases": "input bias and the recurrent bias exchanged",
    "GRU resets before": "reset_after=False",
    "hard sigmoid of Keras 2": "hard_sigmoid of Keras 2",
    "none means tanh": "activation tanh whatever",
    "reversed outputs": "outputs in the reverse order of time",
    "late outputs": "outputs one timestep late",
    "first for last": "first output in the place of the last",
    "one step short": "last timestep of the input not seen",
    "one step late": "first timestep of the input not seen",
    "first step twice": "first timestep run twice",
    "last step twice": "last timestep run twice",
    "right for one step": "every timestep started from the initial state",
    "neighbour's state": "handed to its neighbour at every timestep",
    "forwards always": "go_backwards ignored",
    "mask forwards": "mask read in the direction opposite",
    "unmasked": "mask ignored",
    "inverted mask": "mask inverted",
    "late mask": "mask one timestep late",
    "reversed mask": "mask reversed in time",
    "one mask for all": "first sample's mask for every sample",
    "right padding only": "taken for right padding",
    "no mask for the state": "outputs and not to the returned states",
    "no mask for the output": "returned states and not to the outputs",
    "zeros for masked": "zeros for masked timesteps",
    "never zeros": "zero_output_for_mask ignored",
    "starts from ones": "initial state of ones",
    "carry starts from ones": "carry that starts from ones",
    "no initial state": "initial_state ignored",
    "crossed initial states": "two initial states exchanged",
    "hidden state only": "initial carry ignored",
    "first sample's state": "first sample's initial state",
    "a step too late": "states of the step before the last",
    "crossed states": "hidden state and carry exchanged",
    "hidden state twice": "hidden state returned for the carry too",
    "stateless": "stateful ignored",
    "keeps nothing": "states of zeros kept",
    "no reset": "reset_state ignored",
    "reset to ones": "states reset to ones",
    "states never": "return_state ignored",
    "states always": "return_state forced",
    "sequences never": "return_sequences ignored",
    "sequences always": "return_sequences forced",
    "states first": "states returned before the output",
    "double precision": "in float64",
}
"""By fault that the oracle has a counterpart of, what its diagnosis must say."""

REPORTED = {
    "equations": "LSTMCell fico/SimpleRNN turned/SimpleRNN unbiased/GRU never resets/"
    "hard sigmoid of Keras 2/implementation 1 unbiased",
    "weights": "no forget bias/initializers crossed/never frozen/renamed kernel/bias of ones/"
    "a rate once alone/kernel of zeros/gains nothing",
    "training": "kernel penalty for both/bias constraint for all/no kernel penalty/"
    "no activity penalty/crossed constraints/"
    "no gradient through time/other loss in training",
    "loop": "reversed outputs/right for one step/neighbour's state/unrolled short/graph forgets",
    "masks": "unmasked/no mask for the state/never zeros/mask lost on the way",
    "states": "no initial state/crossed states/stateless/keeps nothing",
    "returns": "a list of one/states never/states first/double precision/foretells no time",
    "dropout": "drops in inference/nothing at all/rates as given/scaled by the rate/"
    "no dropout without a bias/seeds stay as given",
    "saving": "SimpleRNN forgets use_bias/LSTM forgets activation/empties the configuration/"
    "shares its weights/forgets a seed of zero/forgets to unroll backwards/"
    "cloned forwards/renamed when restored/loads nothing/copies no bias/pickled blank/copied blank",
    "cells": "cell doubles/twice the units/stack stands still/flattens nested states",
    "wrapping": "crossed directions/own layer ignored/foretells the layer/first timestep for all",
    "twins": "second half alone/any error/no error/new default/poisoned by a misuse/restless/"
    "new activation",
    "article": "mask for the last output/averages without halving",
    "conditions": "another batch/never forgets/scales the caller's array/empties the states/"
    "one list of results/sorts the cells",
    "independence": "mask by product/NaN for all samples",
    "models": "divides by all/averages padding/loads a head of zeros",
    "settings": "half a policy/epsilon added",
    "sizes": "no bias in half precision/forwards in parts",
    "spellings": "capitals are strange/rate as an object",
    "circumstances": "clips states/states by cell/hides NaN beside a mask/gives up the batch",
    "arguments": "states or no states/one mask for ever",
    "files": "old gates crossed",
    "surroundings": "each epoch from the start/mean over padding/one noise for all samples",
    "used": "added losses dropped",
    "structures": "clones thawed/cries wolf",
    "callers": "assesses all batches together",
    "meetings": "stateless with other weights/a cast without its mask/stateless with an effect",
    "exports": "exports no masks/exports two inputs exchanged/exports a tuple as a list/"
    "serves in training what it serves at inference",
    "stored_weights": "one file for all/an .h5 file without a bias",
    "manners": "tells no list/forgets the scope/computes no mask",
    "large": "looks ahead in the end",
    "conditional": "leaves all scopes/one mask for a shape/drops by 256 samples/thaws cells",
    "promises": "heeds truths alone/applies to nothing/drops more than all/keeps its hits/"
    "copies with the usual rate/loses the scope",
    "accounts": "the last loss alone/one axis of two/a loss by its usual name",
    "definitions": "forgets the centre/warms up to where it began/poisson without a logarithm",
    "breadth": "no mask beside training/the first digits alone",
    "lasting": "trains in double precision/one rate for both",
    "living": "adds four at most/never counts anew/finished once called",
}
"""Faults of every group that are brought down to a report, by group."""


def named() -> list[str]:
    """The faults of the table that the catalogue holds."""
    return [name for name in NAMED if name in FAULTS]


def test_the_diagnosis_names_the_fault() -> None:
    wrong = {}
    for name in named():
        fault = FAULTS[name]
        with planted(fault):
            verdicts = (conduct(Case.parse(id)) for id in fault.cases)
            broken = next((v for v in verdicts if not v.ok), None)
            assert broken is not None, name
            said = way_of(broken, broken.failed, 0).diagnosis
        if not any(NAMED[name] in sentence for sentence in (*said.sentences[:1], *said.others)):
            wrong[name] = said.text
    assert len(named()) >= 60
    assert len(wrong) <= len(named()) // 5, wrong


def reported() -> list[str]:
    """The faults that are brought down to a report."""
    return [name for names in REPORTED.values() for name in names.split("/")]


@pytest.fixture(scope="module")
def reports() -> dict[str, tuple[Finding, Script]]:
    """By fault, the finding that its first failing case comes down to, and its script."""
    found = {}
    for name in reported():
        fault = FAULTS[name]
        with planted(fault):
            cases = (Case.parse(id) for id in fault.cases)
            case = next(c for c in cases if FAILING(conduct(c)))
            finding = examine([case], FAILING, seconds=600, each=600).findings[0]
            found[name] = (finding, script(plan_of(finding, 0)))
    return found


@pytest.fixture(scope="module")
def findings(reports: dict[str, tuple[Finding, Script]]) -> dict[str, Finding]:
    """By fault, its finding."""
    return {name: finding for name, (finding, _) in reports.items()}


def test_faults_of_every_kind_are_reported() -> None:
    assert len(set(reported())) >= 60
    assert set(REPORTED) == {_group(name) for name in FAULTS}
    for group, names in REPORTED.items():
        for name in names.split("/"):
            assert _group(name) == group, name


def test_a_fault_of_every_scenario_is_reported(findings: dict[str, Finding]) -> None:
    own = BY_NAME.keys() - {"article"}  # its listings are scripts by themselves
    assert {finding.case["do"] for finding in findings.values()} >= own


def _group(fault: str) -> str:
    """The module of the catalogue that holds a fault."""
    return FAULTS[fault].plant.__module__.rpartition(".")[2]


def test_the_shrunk_case_is_minimal(findings: dict[str, Finding]) -> None:
    for name, finding in findings.items():
        assert finding.shrunk.minimal, name
        with planted(FAULTS[name]):
            fails = fails_alike(finding.way, FAILING, 0)
            assert not [c.id for c in shrink.steps(finding.case) if fails(c)], name


def test_scripts_fail_on_the_wrong_keras_and_pass_on_the_sound_one(
    reports: dict[str, tuple[Finding, Script]], tmp_path: Path
) -> None:
    scripts, plan, empty = {}, [], tmp_path / "empty"
    empty.mkdir()
    for number, (name, (_, written)) in enumerate(reports.items()):
        scripts[name] = written
        assert "import keras\nimport numpy" in scripts[name].text
        assert not re.search(r"\btests\b|reference_impl", scripts[name].text)
        path = tmp_path / f"repro{number}.py"
        path.write_text(scripts[name].text, encoding="utf-8")
        for file in written.files:
            shutil.copy(file, empty)
        plan.append([name, str(path)])
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("planted_scripts.py"))],
        cwd=empty,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input=json.dumps(plan),
        text=True,
        capture_output=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(outcomes) == 2 * len(plan)
    for name, wrong, output in outcomes:
        assert scripts[name].fails_alike(output) if wrong else not output, (name, wrong, output)
    assert {p.name for p in empty.iterdir()} == {
        f.name for _, written in reports.values() for f in written.files
    }


def test_scripts_are_short(reports: dict[str, tuple[Finding, Script]]) -> None:
    # without the four lines that say what it runs on
    lengths = {name: len(written.text.splitlines()) - 4 for name, (_, written) in reports.items()}
    assert median(lengths.values()) <= 36
    for name, (finding, _) in reports.items():
        if finding.case["as"] == "layer" and finding.case["mask"] == "none" and name in NAMED:
            assert lengths[name] <= 40, name


def test_the_head_of_a_script_names_what_it_runs_on(
    reports: dict[str, tuple[Finding, Script]],
) -> None:
    for name, (_, written) in reports.items():
        head = re.match(r"# /// script\n((?:# .+\n)+)# ///\n", written.text)
        assert head is not None, name
        told = tomllib.loads(re.sub(r"^# ", "", head[1], flags=re.M))
        assert Version(platform.python_version()) in SpecifierSet(told["requires-python"])
        for needed in map(Requirement, told["dependencies"]):
            assert Version(version(needed.name)).public in needed.specifier, needed
        assert f"keras=={environment.version('keras', 'keras-nightly')}" in told["dependencies"]


@pytest.mark.parametrize("name", ["SimpleRNN unbiased", "states never"])
def test_a_script_is_run_by_a_fresh_interpreter_before_it_is_handed_out(
    findings: dict[str, Finding], name: str, tmp_path: Path
) -> None:
    planter = tmp_path / "plant.py"
    planter.write_text(
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "import runpy\n"
        "from tests.quality.fault_injection.faults import catalogue, planted\n"
        f"with planted(catalogue()[{name!r}]):\n"
        "    runpy.run_path(sys.argv[1], run_name='__main__')\n",
        encoding="utf-8",
    )
    finding = findings[name]
    with planted(FAULTS[name]):
        add_script(finding, 0, [str(planter)])
        assert not finding.doubt
        assert "This script needs only Keras and NumPy" in issue.body(finding)
        add_script(finding, 0)
    assert "finds nothing" in finding.doubt, "a sound Keras does not fail"
    assert "There is no standalone script" in issue.body(finding)
