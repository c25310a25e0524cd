"""The recorded results: they come back as they were, are small, and are refused if spoilt."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.results import store
from keras_rnn_conformance.results.file import Header, Results
from keras_rnn_conformance.results.lines import FileFault, dumps
from keras_rnn_conformance.results.rows import skipped_row
from tests.selftest.results.test_diff import changed
from tests.selftest.results.test_results import HOSTILE, IDS, header, results, verdict


def releases() -> list[Results]:
    """Four that differ: one case by its path, one not run, one absent."""
    fewer = Results.of(header(keras="3.17.0"), list(results().rows.values())[1:])
    fewer.rows[IDS[1]] = skipped_row(IDS[1], "no such layer")
    return [results(keras="3.9.2"), changed(path="fused"), results(keras="3.16.0"), fewer]


def without_origin(header: Header) -> Header:
    """A header as a run writes it: what a recording was made with is added when it is recorded."""
    return {key: value for key, value in header.items() if key != "made"}


def test_recorded_releases_come_back_as_they_were(tmp_path: Path) -> None:
    jax = results(keras="3.9.2", backend="jax")
    written = store.record([*releases()[::-1], jax], tmp_path)
    assert [path.name for path in written] == ["numpy.jsonl", "jax.jsonl"]
    back = store.recorded("numpy", tmp_path)
    assert [one.rows for one in back] == [one.timeless().rows for one in releases()]
    assert [without_origin(one.header) for one in back] == [
        one.timeless().header for one in releases()
    ]
    assert all(one.header["made"]["rows"] == len(one.rows) for one in back)
    before = written[0].read_bytes()
    store.record([results(keras="3.9.2")], tmp_path)
    assert written[0].read_bytes() == before, "recording again replaces"


def test_what_releases_agree_on_is_written_once(tmp_path: Path) -> None:
    (path,) = store.record(releases(), tmp_path)
    parts = json.loads(path.read_text().splitlines()[1])["parts"]
    assert parts["path"] == {"0,2": "", "1": "fused"}
    assert list(parts["arrays/output"]) == ["0-2"]
    assert parts["failed"] == {"0-2": {}}
    size = path.stat().st_size
    store.record([results(keras=f"3.{minor}.0") for minor in range(20, 40)], tmp_path)
    assert path.stat().st_size - size < 20 * (len(dumps(header())) + 200)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_recorded_releases_are_written_again_to_the_byte(backend: str) -> None:
    written = "".join(f"{line}\n" for line in store._packed(list(store.recorded(backend))))
    assert written == (store.FOLDER / f"{backend}.jsonl").read_text(encoding="utf-8")


def test_nothing_is_recorded_where_there_is_no_file(tmp_path: Path) -> None:
    assert store.recorded("numpy", tmp_path) == ()


SPOILT: dict[str, Callable[[str], str]] = {
    "no footer": lambda text: text[: text.rindex("\n", 0, -1) + 1],
    "half a line": lambda text: text[:-20],
    "empty": lambda text: "",
    "binary": lambda text: "\x00\xff",
    "foreign": lambda text: '{"a":1}\n',
    "a results file": lambda text: "".join(f"{line}\n" for line in results().lines()),
    "only a header": lambda text: text.splitlines(keepends=True)[0],
    "an older form": lambda text: text.replace('"version":3', '"version":2', 1),
    "a path in an id": lambda text: text.replace(IDS[0], "../../up", 1),
    "markup in an id": lambda text: text.replace(IDS[0], "</script>", 1),
    "a changed digit": lambda text: text.replace('"share":0.25', '"share":0.26', 1),
    "a release edited by hand": lambda text: text.replace('"keras":"3.9.2"', '"keras":"3.9.3"', 1),
    "a default edited by hand": lambda text: text.replace('{"units":1}', '{"units":2}', 1),
    "a huge number": lambda text: text.replace('"share":0.25', '"share":1e999', 1),
    "a lost line": lambda text: "".join(
        line for n, line in enumerate(text.splitlines(keepends=True)) if n != 2
    ),
    "a release of another backend": lambda text: text.replace('"numpy","b', '"torch","b', 1),
    "a release that is none": lambda text: text.replace('"keras":"3.9.2"', '"keras":"x"', 1),
    "a release twice": lambda text: text.replace('"keras":"3.9.2"', '"keras":"3.15.1"', 1),
    "a terminal code in a part": lambda text: text.replace('"path":', '"facts/\\u001b[2J":', 1),
    "releases as markup": lambda text: text.replace('{"0-2":', '{"<b>":', 1),
    "a nested bomb": lambda text: text.replace('"parts":{', '"parts":{"a":' + "[" * 100_000, 1),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_record_is_refused_in_one_line(tmp_path: Path, how: str) -> None:
    (path,) = store.record(releases(), tmp_path)
    spoilt = SPOILT[how](path.read_text())
    assert spoilt != path.read_text()
    path.write_bytes(spoilt.encode("latin-1"))
    assert_refused(tmp_path)


FORGED: dict[str, Callable[[str], str]] = {
    "a release beyond the last": lambda text: text.replace('{"0-2":', '{"0-9":', 1),
    "releases the wrong way round": lambda text: text.replace('{"0-2":', '{"2-0":', 1),
    "a field as a whole and in parts": lambda text: text.replace(
        '"arrays/output":', '"arrays":{"0":"x"},"arrays/output":', 1
    ),
    "a field that no row has": lambda text: text.replace('"path":', '"paths":', 1),
    "a row of the wrong form": lambda text: text.replace('"float32"', '"<i>"', 1),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_record_with_a_fitting_footer_is_refused(tmp_path: Path, how: str) -> None:
    (path,) = store.record(releases(), tmp_path)
    first, *cases, _ = FORGED[how](path.read_text()).splitlines()
    footer = store._footer([json.loads(line) for line in [first, *cases]])
    path.write_text("".join(f"{line}\n" for line in [first, *cases, dumps(footer)]))
    assert_refused(tmp_path)


def assert_refused(folder: Path) -> None:
    store.read_recorded.cache_clear()
    with pytest.raises(FileFault, match="record it again") as refused:
        store.recorded("numpy", folder)
    said = str(refused.value)
    assert str(folder) in said
    assert said.isascii() and said.isprintable() and len(said) < 500 + len(str(folder)), said


@pytest.mark.parametrize("how", HOSTILE)
def test_every_command_refuses_a_hostile_file(
    tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line of plain text, and nothing is written."""
    good, bad, out = (str(tmp_path / name) for name in ("good", "bad", "out"))
    results().save(Path(good))
    Path(bad).write_bytes(HOSTILE[how](Path(good).read_text()).encode("latin-1"))
    for command in (
        ["diff", good, bad],
        ["diff", bad, good],
        ["merge", bad, "-o", out],
        ["explain", bad],
        ["atlas", out, bad],
    ):
        assert run(command) == 2
        said = capsys.readouterr()
        line = said.err.removesuffix("\n")
        assert said.out == "" and line.isascii() and line.isprintable() and bad in line, line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad", "good"]


def test_folders_and_unreadable_places_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results().save(tmp_path / "good")
    assert run(["diff", str(tmp_path), str(tmp_path / "good")]) == 2
    assert run(["merge", str(tmp_path / "none"), "-o", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_the_recorded_results_of_the_project_are_sound() -> None:
    for path in sorted(store.FOLDER.glob("*.jsonl")):
        assert store.recorded(path.stem)
    # What the repository carries; all of numpy, 16 releases, is recorded at the depth of default.
    assert sum(path.stat().st_size for path in store.FOLDER.glob("*.jsonl")) < 16_000_000


def test_rows_are_shared_by_the_releases_that_agree(tmp_path: Path) -> None:
    store.record([results(keras="3.9.2"), results(keras="3.10.0")], tmp_path)
    one, two = store.recorded("numpy", tmp_path)
    assert one.rows[IDS[0]] is two.rows[IDS[0]]
    assert one.rows[IDS[0]]["arrays"]["output"]["dtype"] == verdict(IDS[0]).seen.dtypes["output"]
