"""The atlas as a file: whole, always the same, harmless; a sentence stands beside each failure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.atlas.causes import known, period
from keras_rnn_conformance.atlas.command import BADGES, CARDS, NAME
from keras_rnn_conformance.atlas.errors import digits, error_of
from keras_rnn_conformance.atlas.explaining import WORDS, Explanations, unexplained, why
from keras_rnn_conformance.atlas.gather import Gathered, gather
from keras_rnn_conformance.atlas.model import Model
from keras_rnn_conformance.atlas.page import FOLDER, SCRIPTS, modelled
from keras_rnn_conformance.atlas.plot import plot
from keras_rnn_conformance.atlas.scripts import scripts
from keras_rnn_conformance.atlas.timeline import moved, numbers, tracks
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.judging import known_failures, suite
from keras_rnn_conformance.judging.rules import RULES, Failure, FailureKind, rules_of
from keras_rnn_conformance.judging.subjects import SUBJECTS, subject_of
from keras_rnn_conformance.results import store
from keras_rnn_conformance.results.explained import explained
from keras_rnn_conformance.results.file import Results
from keras_rnn_conformance.results.rows import fault_row, skipped_row
from keras_rnn_conformance.results.standing import Standing
from tests.selftest.results.test_results import IDS, results

pytest.importorskip("jinja2", reason="it fills in the page's template: pip install '.[atlas]'")

EVIL = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    "\u2028\u202e\ud800\x1b[2J'\"&{{7*7}}"
)


KNOWN, UNEXPLAINED, PASSES = range(3)
"""What the page's script calls the verdicts that need a sentence."""


def failure(**changes: Any) -> dict[str, Any]:
    plain = {
        "kinds": ["value"],
        "where": "output",
        "got": "1",
        "want": "2",
        "error": 0.5,
        "bound": 1e-6,
        "places": 3,
    }
    return {**plain, **changes}


def hostile() -> Results:
    """A results file that the schema lets through, with markup wherever text may stand."""
    made = results(configs={"LSTM": {EVIL: EVIL, "units": 1}, "GRU": {"a": 10**90}}, keras="3.16.0")
    evil = failure(where=EVIL, got=EVIL, want=EVIL, error=1e300, bound=5e-324)
    made.rows[IDS[0]] = {
        **made.rows[IDS[0]],
        "failed": {"RUN-1": evil},
        "path": EVIL,
        "warnings": [EVIL],
        "structure": EVIL,
        "raised": {"class": "E", "message": EVIL},
    }
    made.rows[IDS[1]] = skipped_row(IDS[1], EVIL)
    made.rows[IDS[2]] = fault_row(IDS[2], EVIL)
    made.rows[IDS[6]]["arrays"] = {
        "output": {**made.rows[IDS[6]]["arrays"]["output"], "largest": 5e-324, "error": 1e308}
    }
    return made


@pytest.fixture(scope="module")
def recorded() -> Gathered:
    return gather([], store.FOLDER)


@pytest.fixture(scope="module")
def model(recorded: Gathered) -> Model:
    return modelled(recorded)


def saved(tmp_path: Path, *every: Results) -> list[str]:
    paths = [tmp_path / f"{number}.jsonl" for number in range(len(every))]
    for path, one in zip(paths, every, strict=True):
        one.save(path)
    return list(map(str, paths))


def made(tmp_path: Path, *every: Results) -> str:
    """The page of some results, by the command."""
    assert run(["atlas", str(tmp_path / "out"), *saved(tmp_path, *every)]) == 0
    return (tmp_path / "out" / NAME).read_text(encoding="utf-8")


def embedded(page: str) -> dict[str, Any]:
    return json.loads(page.split('id="data">')[1].split("</script>")[0])


def fails(data: dict[str, Any]) -> Iterator[tuple[str, str, list[Any]]]:
    for case in data["cases"]:
        for state in case["states"]:
            for rule, _, place in state.get("fails", ()):
                yield case["id"], data["rules"][rule]["id"], data["whys"][place]


def test_every_failure_of_the_recorded_results_has_a_sentence(
    recorded: Gathered, whole: Path
) -> None:
    data = embedded(whole.read_text(encoding="utf-8"))
    broken = {
        (id, rule)
        for run in recorded.runs
        for id, row in run.rows.items()
        for rule in row.get("failed", ())
    }
    found = list(fails(data))
    assert broken <= {(id, rule) for id, rule, _ in found}
    for id, rule, (how, text, _, cause) in found:
        assert len(text.split()) > 3, (id, rule)
        assert (cause >= 0) if how == KNOWN else "not yet explained" in text


def test_a_known_failure_is_shown_with_its_reason_and_report(recorded: Gathered) -> None:
    entries = known_failures.read(known_failures.FILE)
    entry = next(e for e in entries if e.upstream.startswith("https://") and "numpy" in e.backends)
    case = next(case for case in suite.all_cases("default") if entry.covers(case))
    rule = next(rule.id for rule in rules_of(case) if entry.about(rule.id))
    run = next(r for r in recorded.runs if entry.keras.contains(r.header["keras"]))
    shown = failure(kinds=list(entry.kinds))
    row = {"id": case.id, "passed": [], "failed": {rule: shown}, "arrays": {}}
    sentence = why(Explanations(entries).standings(run, case, row)[rule])
    assert sentence.standing is Standing.KNOWN and sentence.link.startswith("https://github.com/")
    other: FailureKind = "dtype" if "dtype" not in entry.kinds else "shape"
    strange = {**row, "failed": {rule: failure(kinds=[other])}}
    old = Results({**run.header, "keras": "1.0"}, {})
    for results_, one in ((run, strange), (old, row)):
        stood = Explanations(entries).standings(results_, case, one)
        assert stood[rule].standing is Standing.UNEXPLAINED


@pytest.mark.parametrize("kind", WORDS)
def test_what_nothing_explains_is_said_in_words(kind: Any) -> None:
    sentence = unexplained([Failure(kind, "", "", "")])
    assert sentence.standing is Standing.UNEXPLAINED
    assert sentence.text[0].isupper() and sentence.text.endswith("not yet explained.")


def test_a_failure_has_a_script_that_speaks_of_its_own_release(recorded: Gathered) -> None:
    found = scripts(recorded, Explanations.of_file())
    assert found
    for key, text in found.items():
        id, rule, backend = key.split()
        runs = [r for r in recorded.runs if r.header["backend"] == backend]
        failing = [r for r in runs if rule in r.rows.get(id, {}).get("failed", ())]
        assert f'os.environ["KERAS_BACKEND"] = "{backend}"' in text
        assert f"Keras {failing[0].header['keras']}" in text, "the newest that fails"
        compile(text, key, "exec")


def test_a_fault_is_a_failure_to_run(tmp_path: Path) -> None:
    data = embedded(made(tmp_path, results()))
    assert [(id, rule, why[0]) for id, rule, why in fails(data) if id == IDS[4]] == [
        (IDS[4], "RUN-1", UNEXPLAINED)
    ]


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = results(keras="3.9.2"), results(keras="3.10.0", backend="jax")
    names = saved(tmp_path, one, two)
    later = [{**r.header, "date": "2030-01-01T00:00:00Z"} for r in (one, two)]
    again = [Results(h, r.rows) for h, r in zip(later, (one, two), strict=True)]
    (tmp_path / "later").mkdir()
    others = saved(tmp_path / "later", *again)
    pages = []
    for out, given in (("a", names), ("b", names[::-1]), ("c", others), ("a", names)):
        assert run(["atlas", str(tmp_path / out), *given]) == 0
        pages.append((tmp_path / out / NAME).read_bytes())
    assert len(set(pages)) == 1


def test_recorded_and_named_results_give_the_same_page(tmp_path: Path) -> None:
    runs = [results(keras="3.9.2"), results(keras="3.10.0")]
    store.record(runs, tmp_path)
    assert run(["atlas", str(tmp_path / "out"), "--recorded", str(tmp_path)]) == 0
    page = (tmp_path / "out" / NAME).read_text(encoding="utf-8")
    assert page == made(tmp_path, *runs)


def test_markup_in_results_stays_text(tmp_path: Path) -> None:
    page = made(tmp_path, results(), hostile())
    assert "alert(1)" in page and "<script>alert" not in page and "<img" not in page
    assert re.findall(r"<script[^>]*>", page) == [
        '<script type="application/json" id="data">',
        "<script>",
    ]
    assert page.count("</script>") == 2
    assert "\x1b" not in page and "\u202e" not in page and "\u2028" not in page
    assert "{{7*7}}" in page, "text is no template"
    data = embedded(page)
    assert any("<script>alert(1)" in text for _, _, (_, text, *_) in fails(data))
    assert all(
        number is None or math.isfinite(number) for f in data["failures"] for number in f[4:6]
    )


def test_the_page_asks_no_network_for_anything(tmp_path: Path) -> None:
    page = made(tmp_path, results())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None and policy[1].startswith("default-src 'none';")
    assert "unsafe" not in policy[1]
    assert not re.search(r"(src|srcset|action|data)=", page.split("<script")[0])
    assert not re.search(r"@import|url\(|https?:", (FOLDER / "atlas.css").read_text())
    for name in SCRIPTS:
        script = (FOLDER / name).read_text(encoding="utf-8")
        assert not re.search(r"fetch\(|XMLHttp|import |innerHTML|insertAdjacent|eval\(", script)


def test_errors_are_counted_in_units_of_the_largest_number() -> None:
    row = {"arrays": {"output": {"dtype": "float32", "error": 2.0**-22, "largest": 1.5}}}
    error = error_of(row, "output")
    assert error is not None and error.ulp == 2.0
    row["arrays"]["output"]["largest"] = 0.4
    assert (error := error_of(row, "output")) and error.ulp == 8.0
    for changes in ({"largest": 0.0}, {"dtype": "int32"}, {"error": None}, {"largest": 5e-324}):
        strange: Any = {"arrays": {"output": {**row["arrays"]["output"], **changes}}}
        assert error_of(strange, "output") is None, changes
    assert (digits(0.123456), digits(None)) == (0.123, None)


def test_the_plot_holds_every_plain_case(recorded: Gathered) -> None:
    plotted = plot(recorded)
    for panel in plotted.panels:
        run = next(r for r in recorded.runs if r.header["backend"] == panel.backend)
        assert run.header["keras"] == panel.release, "the newest"
        times = {Case.parse(id).number("t") for id in run.rows}
        assert {c.timesteps for c in panel.columns} <= times and panel.cases > 50
        for column in panel.columns:
            assert 0 <= column.median <= column.largest < 100


def test_the_timeline_says_what_changed_and_when(tmp_path: Path) -> None:
    by_name = {track.name: [s.text for s in track.spans] for track in tracks()}
    assert by_name["recurrent_activation of LSTM and GRU"] == ["hard_sigmoid", "sigmoid"]
    assert by_name["reset_after of GRU"] == ["False", "True"]
    assert by_name["the LSTM of the article, last output"] == ["0.0248067", "0.0257277"]
    assert {sum(span.width for span in track.spans) for track in tracks()} == {4}
    assert (numbers().printed, numbers().today, numbers().again) == (
        "0.02480672",
        "0.02572775",
        "0.02480672",
    )


def test_a_changed_default_is_found_between_recorded_releases(tmp_path: Path) -> None:
    old = results(keras="2.2.5", configs={"LSTM": {"recurrent_activation": "hard_sigmoid"}})
    new = results(keras="2.3.0", configs={"LSTM": {"recurrent_activation": "sigmoid"}})
    (change,) = moved(gather(saved(tmp_path, old, new), tmp_path))
    assert (change.release, change.backends) == ("2.3.0", ("numpy",))
    assert (change.subject, change.before, change.after) == (
        "recurrent_activation of LSTM",
        "hard_sigmoid",
        "sigmoid",
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(scheme: str) -> None:
    """4.5 to 1, which WCAG 2.2 asks of text (1.4.3)."""
    style = (FOLDER / "atlas.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[: 1 if scheme == "light" else 2]
    colours = {n: v for block in blocks for n, v in re.findall(r"--([\w-]+): (#\w{6})", block)}
    pairs = [(k, f"{k}-ink") for k in ("holds", "known", "open", "absent")]
    pairs += [(g, text) for g in ("paper", "raised") for text in ("ink", "faint", "accent")]
    pairs += [(g, f"{k}-ink") for g in ("paper", "raised") for k in ("known", "open")]
    for ground, text in [*pairs, ("absent", "ink")]:
        assert contrast(colours[ground], colours[text]) >= 4.5, (ground, text)


def contrast(one: str, other: str) -> float:
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_page_of_all_recorded_results_is_small(whole: Path) -> None:
    assert whole.stat().st_size < 3_000_000


def test_atlas_and_explain_read_one_verdict(recorded: Gathered, model: Model) -> None:
    for run_ in recorded.runs:
        score = model.scorecards.scores[run_.name]["all layers"]
        assert dict(+score.counts) == dict(+explained(run_).counts), run_.name


def test_a_known_failure_that_passes_does_not_hold(tmp_path: Path) -> None:
    """Planted: the newest recording, in which what is known to fail has passed."""
    newest = store.recorded("numpy")[-1]
    id, rule = next((id, r) for id, row in newest.rows.items() for r in row.get("failed", ()))
    row = newest.rows[id]
    passed = sorted([*row["passed"], rule])
    planted = Results(newest.header, {**newest.rows, id: {**row, "failed": {}, "passed": passed}})
    data = embedded(made(tmp_path, planted))
    assert [(one, r) for one, r, found in fails(data) if found[0] == PASSES] == [(id, rule)]
    cards = json.loads((tmp_path / "out" / CARDS).read_text(encoding="utf-8"))
    assert cards["scorecards"][0]["verdict"] == "unexpected pass"
    assert "not explained" in (tmp_path / "out" / BADGES / "numpy.svg").read_text(encoding="utf-8")


def test_what_is_not_recorded_is_not_said_to_hold(tmp_path: Path) -> None:
    case = Case.parse(IDS[0])
    few = results()
    few.rows[IDS[0]] = {**few.rows[IDS[0]], "passed": ["VALUE-2"], "failed": {}}
    data = embedded(made(tmp_path, few))
    (state,) = next(one for one in data["cases"] if one["id"] == IDS[0])["states"]
    spoken = {data["rules"][place]["id"] for place in data["sets"][state["rules"]]}
    assert spoken == {"VALUE-2"} < {rule.id for rule in rules_of(case)}


def test_the_scorecards_say_what_the_results_say(tmp_path: Path) -> None:
    made(tmp_path, results(keras="3.9.2", backend="jax"), results())
    cards = json.loads((tmp_path / "out" / CARDS).read_text(encoding="utf-8"))
    assert [(one["keras"], one["backend"]) for one in cards["scorecards"]] == [
        ("3.9.2", "jax"),
        ("3.15.1", "numpy"),
    ]
    for card in cards["scorecards"]:
        whole = card["layers"]["all layers"]["cases"]
        parts = [one["cases"] for name, one in card["layers"].items() if name != "all layers"]
        for word, count in whole.items():
            assert count == sum(part.get(word, 0) for part in parts), word
    badges = sorted(path.name for path in (tmp_path / "out" / BADGES).iterdir())
    assert badges == ["3.15.1-numpy.svg", "3.9.2-jax.svg", "jax.svg", "numpy.svg"]


def test_a_runtime_that_is_not_keras_stands_beside_its_releases(tmp_path: Path) -> None:
    other = results(keras="none", backend="mytime", backend_version="1.5")
    data = embedded(made(tmp_path, results(), other))
    assert data["releases"] == [results().header["keras"], "none"]
    assert data["backends"][data["runs"][-1]["backend"]] == "mytime"
    badges = {path.name for path in (tmp_path / "out" / BADGES).iterdir()}
    assert {"none-mytime.svg", "mytime.svg"} <= badges
    assert "Keras none" not in (tmp_path / "out" / BADGES / "mytime.svg").read_text()
    page = (tmp_path / "out" / NAME).read_text(encoding="utf-8")
    assert "Other runtimes" in page and '<option value="none">not Keras</option>' in page


def test_every_group_of_rules_has_a_name() -> None:
    suite.modules()
    assert {subject_of(rule) for rule in RULES} == SUBJECTS.keys()


def test_every_cause_is_on_the_page_with_its_releases(model: Model) -> None:
    entries = known_failures.read(known_failures.FILE)
    assert {entry.reason for entry in entries} == {cause.reason for cause in known()}
    assert len(model.reasons) == len(known())
    assert period(">=3.0,<3.14") == ("3.0", "3.14")
    assert period(">=3.16.dev0") == ("3.16", "today")
    assert period("every release") == ("2.0", "today")
