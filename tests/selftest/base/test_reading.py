"""Whatever is wrong with a file, its reader says so in one line, at once, and touches nothing.

FUZZ_EXAMPLES says how many damaged files are read in all, no two of one reader alike; each has an
equal share.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from unittest.mock import ANY, patch

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from keras_rnn_conformance.base import reading
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.cases.scenarios import article
from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.exchange import judging
from keras_rnn_conformance.judging import known_failures, suite
from keras_rnn_conformance.results import explained, file, store
from keras_rnn_conformance.results.file import Results
from tests.selftest.base.readers import IDS, KNOWN, READERS, Reader

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "500"))
SECONDS = 5.0
DEEP = 100_000
_VALUE = re.compile(
    rb'"(?:[^"\\]|\\.){0,200}"|-?\d[\d.eE+-]*|\btrue\b|\bfalse\b|\bnull\b|\[[^\[\]]*\]|\{[^{}]*\}'
)
_KEY = re.compile(rb'"[a-z_]+":[^,\[\]{}]+,|^[a-z]+ = .*\n', re.MULTILINE)
HOSTILE = (
    b"null",
    b"true",
    b"-1",
    b"0",
    b"1",
    b"2.5",
    b"1e999",
    b"NaN",
    b"Infinity",
    b"9" * 5000,
    b"1" * DEEP,
    b"0x" + b"f" * DEEP,
    b'""',
    b'"x"',
    b'"\\ud800"',
    b'"a\\nb"',
    b'"\\u0000"',
    b'"9.' + b"9" * DEEP + b'"',
    b'">=' + b"1" * DEEP + b'"',
    b'"!' + b"1" * DEEP + b'"',
    b'"' + b"x" * DEEP + b'"',
    b"[]",
    b"[[]]",
    b"[{}]",
    b"[1]",
    b'["x"]',
    b"{}",
    b'{"x":1}',
    b'{"x":{"y":[]}}',
    b"[" * DEEP,
    b"[" * DEEP + b"]" * DEEP,
    b'{"a":' * DEEP,
    b"[" * 45 + b"]" * 45,
    b"1970-01-01",
    b"[" + b"0," * DEEP + b"0]",
    b'"BACK-99"',
    b'"3.x"',
    b'"a' + "é".encode("latin-1") + b'"',
    b'"0-99999999999999999999"',
    b"10000000000",
)
GARBAGE = (
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\n",
    b"\r\n",
    b'"',
    b"\\",
    b"}",
    b"]]",
    b"#",
    b"-",
    b"a." * (2 * DEEP) + b"a = 1\n",
    b"[" + b"a." * DEEP + b"a]\n",
    b"{}\n",
    b"[]\n",
    b"null\n",
    b"1\n",
    b'"id"\n',
    b'{"id":[]}\n',
    b'{"rows":{}}\n',
    b"\\" * DEEP,
    b'"' + b'\\"' * DEEP,
)
PLACES = st.floats(0, 1, exclude_max=True)


def cut(whole: bytes, place: float, _: bytes) -> bytes:
    return whole[: int(place * len(whole))]


def flipped(whole: bytes, place: float, garbage: bytes) -> bytes:
    at = int(place * len(whole))
    return whole[:at] + bytes([whole[at] ^ (1 + garbage[0] % 255)]) + whole[at + 1 :]


def inserted(whole: bytes, place: float, garbage: bytes) -> bytes:
    at = int(place * len(whole))
    return whole[:at] + garbage + whole[at:]


def line_inserted(whole: bytes, place: float, garbage: bytes) -> bytes:
    lines = whole.splitlines(keepends=True)
    at = int(place * (len(lines) + 1))
    return b"".join([*lines[:at], garbage, *lines[at:]])


def line_doubled(whole: bytes, place: float, _: bytes) -> bytes:
    lines = whole.splitlines(keepends=True)
    at = int(place * len(lines))
    return b"".join([*lines[:at], lines[at], *lines[at:]])


def swapped(whole: bytes, place: float, hostile: bytes) -> bytes:
    spans = [match.span() for match in _VALUE.finditer(whole)]
    start, end = spans[int(place * len(spans))] if spans else (0, 0)
    return whole[:start] + hostile + whole[end:]


def key_doubled(whole: bytes, place: float, _: bytes) -> bytes:
    spans = [match.span() for match in _KEY.finditer(whole)]
    start, end = spans[int(place * len(spans))] if spans else (0, 0)
    return whole[:end] + whole[start:end] + whole[end:]


def encoded(whole: bytes, place: float, _: bytes) -> bytes:
    name = ("utf-16", "utf-32", "utf-8-sig", "utf-7", "cp037")[int(5 * place)]
    return whole.decode("utf-8", "replace").encode(name, "replace")


PLAIN = (cut, flipped, inserted, line_inserted, line_doubled, key_doubled, encoded)
DAMAGE = st.one_of(
    st.tuples(st.just(swapped), PLACES, st.sampled_from(HOSTILE)),
    st.tuples(st.sampled_from(PLAIN), PLACES, st.sampled_from(GARBAGE)),
)


@cache
def sound(name: str, folder: Path) -> bytes:
    place = folder / "sound" / name.replace(" ", "-")
    place.mkdir(parents=True)
    return READERS[name].sound(place / "made")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    suite.modules()
    made = tmp_path_factory.mktemp("reading")
    for name, reader in READERS.items():
        place = made / name.replace(" ", "-")
        place.mkdir()
        (place / "known.toml").write_text(KNOWN)
        (place / "listings.json").write_bytes((article.FOLDER / "listings.json").read_bytes())
        (place / reader.name).write_bytes(sound(name, made))
    return made


def outcome(reader: Reader, path: Path) -> str:
    """What a reader says: nothing where it takes the file, else the message of its fault."""
    beside = sorted(path.parent.iterdir())
    before = path.read_bytes()
    try:
        # a footer that fits whatever the lines say, so that damage comes to those who use them
        with (
            patch.object(file, "fingerprint", lambda *_: ANY),
            patch.object(store, "_footer", lambda *_: ANY),
        ):
            reader.read(path)
    except CommandFault as fault:
        return str(fault)
    finally:
        assert sorted(path.parent.iterdir()) == beside
        after = path.read_bytes()
        assert after == before or (reader.mends and before.startswith(after.rstrip(b"\n")))
    return ""


@contextmanager
def at_once() -> Iterator[None]:
    """Fail if this process computes for long, however busy the machine is with others."""
    start = time.process_time()
    yield
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize("name", READERS)
def test_a_sound_file_is_read(name: str, folder: Path) -> None:
    reader = READERS[name]
    assert outcome(reader, folder / name.replace(" ", "-") / reader.name) == ""


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_read_or_refused_in_one_line(name: str, folder: Path) -> None:
    reader, whole = READERS[name], sound(name, folder)
    path = folder / name.replace(" ", "-") / reader.name

    share = -(-EXAMPLES // len(READERS))
    read: set[bytes] = set()

    @settings(
        max_examples=share,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(DAMAGE, min_size=1, max_size=2))
    def damage(done: list[tuple[Callable[[bytes, float, bytes], bytes], float, bytes]]) -> None:
        damaged = whole
        for way, place, instead in done:
            damaged = way(damaged or b"{}", place, instead)
        assume(damaged != whole and damaged not in read)
        path.write_bytes(damaged)
        with at_once():
            said = outcome(reader, path)
        assert "\n" not in said
        assert len(said) < 1000
        read.add(damaged)

    damage()
    assert len(read) == share


@settings(max_examples=min(EXAMPLES, 200), derandomize=True, database=None, deadline=None)
@given(st.one_of(st.text(), st.tuples(st.sampled_from(IDS), st.text(max_size=9)).map("-".join)))
def test_a_damaged_id_is_no_case(text: str) -> None:
    with at_once():
        try:
            assert Case.parse(text).id == text
        except CaseError as error:
            assert len(str(error).splitlines()) == 1


def _nested(path: Path) -> None:
    path.write_text("[" * DEEP)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.mkdir()


def _sparse(path: Path) -> None:
    with path.open("wb") as made:
        made.truncate(reading.LARGEST + 1)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("make", [_pipe, _folder, _sparse, _device])
def test_what_is_no_file_is_refused(
    name: str, make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SECONDS", 0.1)
    reader = READERS[name]
    make(tmp_path / reader.name)
    (tmp_path / "listings.json").write_bytes((article.FOLDER / "listings.json").read_bytes())
    with pytest.raises(CommandFault) as caught:
        reader.read(tmp_path / reader.name)
    assert "\n" not in str(caught.value)


def test_a_pipe_that_is_written_to_is_read(tmp_path: Path) -> None:
    reading_end, writing_end = os.pipe()
    os.write(writing_end, KNOWN.encode())
    os.close(writing_end)
    try:
        assert len(known_failures.read(Path(f"/dev/fd/{reading_end}"))) == 1
    finally:
        os.close(reading_end)


@pytest.mark.parametrize(
    "line",
    [
        'kind = [["value"]]',
        "kind = [{}]",
        "kind = 1",
        "kind = []",
        "backend = [[]]",
        "backend = { a = 1 }",
        "backend = 1",
        f'keras = ">={"1" * DEEP}"',
        f"when = {{ back = {'[' * DEEP} }}",
        f"{'a.' * 2 * DEEP}a = 1",
        f'when = {{ u = "!{"1" * DEEP}" }}',
    ],
    ids=lambda line: line[:16],
)
def test_a_known_failure_of_another_form_is_one_line(tmp_path: Path, line: str) -> None:
    key = line.partition(" =")[0]
    kept = [own for own in KNOWN.splitlines() if not own.startswith(f"{key} =")]
    path = tmp_path / "known.toml"
    path.write_text("\n".join([*kept, line, ""]))
    suite.modules()
    with pytest.raises(known_failures.KnownFailuresError) as caught:
        known_failures.read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("id", "rule", "said"),
    [
        ("{}", "GONE-1", "unknown rule 'GONE-1'"),
        ("{}-nothing1", "MASK-1", "unknown axis 'nothing'"),
    ],
)
def test_explain_says_what_it_does_not_know(id: str, rule: str, said: str, folder: Path) -> None:
    path = _written(folder / "unknown.jsonl", sound("results", folder).decode())
    results = file.load(path)
    own, row = next((id, row) for id, row in results.rows.items() if row.get("passed"))
    rows = {id.format(own): {**row, "passed": [rule]}}
    with pytest.raises(CommandFault, match=said):
        explained.explained(Results(results.header, rows))


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_facts_of_another_type_are_a_fault_of_their_file(folder: Path) -> None:
    lines = [json.loads(line) for line in sound("observations", folder).splitlines()]
    damaged = [
        {**line, "facts": dict.fromkeys(line["facts"], 7)} if "facts" in line else line
        for line in lines
    ]
    path = _written(folder / "facts.jsonl", "".join(f"{json.dumps(line)}\n" for line in damaged))
    with pytest.raises(CommandFault, match="cannot read what was observed") as caught:
        judging.judged(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [
        ["export", "--shard", "0/0"],
        ["export", "--shard", "3/2"],
        ["explain", "/dev/zero"],
        ["explain", "--known-failures", "/dev", "3.14.1-openvino"],
    ],
    ids=" ".join,
)
def test_a_command_refuses_in_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
