"""The walk-throughs of CONTRIBUTING.md are followed on a copy of the checkout."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from keras_rnn_conformance.base.paths import PACKAGE, ROOT

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
WALKS = dict(
    section.split("\n", 1) for section in re.split(r"^### ", GUIDE, flags=re.MULTILINE)[1:]
)
"""By title, the text of a walk-through."""

STEP = re.compile(
    r"^(?:In `(?P<path>[^`]+)`, (?P<how>after|before|in place of) the line `(?P<line>[^`\n]+)`"
    r"|At the end of `(?P<end>[^`]+)`|In a new file `(?P<new>[^`]+)`):\n\n"
    r"```\w+\n(?P<text>.*?)^```$"
    r"|^```console\n(?P<commands>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
COPIED = (
    "conftest.py",
    "pyproject.toml",
    "tox.ini",
    "docs",
    "fixtures",
    "reference_impl",
    "keras_rnn_conformance",
    "tests",
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the checkout."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name)
        else:
            shutil.copy2(ROOT / name, tmp_path / name)
    return tmp_path


def test_there_is_one_for_each_thing_that_is_added() -> None:
    assert {title.removeprefix("Add a").lstrip("n ").partition(" ")[0] for title in WALKS} == {
        "rule",
        "value",
        "axis",
        "form",
        "layer",
        "backend",
        "release",
    }


@pytest.mark.parametrize("title", WALKS)
def test_a_walkthrough_leads_where_it_says(title: str, checkout: Path) -> None:
    steps = list(STEP.finditer(WALKS[title]))
    assert len(steps) == WALKS[title].count("```") / 2, "a block is not introduced as the others"
    assert steps[-1]["commands"] or title == "Add a rule"
    for step in steps:
        if step["commands"]:
            for block in re.split(r"^\$ ", step["commands"], flags=re.MULTILINE)[1:]:
                command, _, promised = block.partition("\n")
                run(command, promised, checkout)
        else:
            edit(step, checkout)


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_every_path_that_a_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    named = set(re.findall(r"`((?:\w+/)+[\w.]*|\w+\.(?:toml|md|ini))`", prose))
    rooms = (ROOT, PACKAGE)
    assert len(named) > 10
    missing = {path for path in named if not any((room / path).exists() for room in rooms)}
    assert missing == {step["new"] for step in STEP.finditer(text) if step["new"]}


def edit(step: re.Match[str], checkout: Path) -> None:
    """Make the edit that a step describes."""
    path = checkout / (step["path"] or step["end"] or step["new"])
    if step["new"]:
        assert not path.exists()
        path.write_text(step["text"], encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    if step["end"]:
        path.write_text(text + step["text"], encoding="utf-8")
        return
    (found,) = re.finditer(rf"^( *){re.escape(step['line'])}$", text, re.MULTILINE)
    new = textwrap.indent(step["text"].rstrip("\n"), found[1])
    whole = {"after": f"{found[0]}\n{new}", "before": f"{new}\n{found[0]}", "in place of": new}
    changed = text[: found.start()] + whole[step["how"]] + text[found.end() :]
    path.write_text(changed, encoding="utf-8")


def run(command: str, promised: str, checkout: Path) -> None:
    """Run a command, which must print every line that is promised."""
    words = shlex.split(command)
    settings = {}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        settings[name] = value
    if words[0] == "keras-rnn-conformance":
        words[:1] = ["python", "-m", "keras_rnn_conformance"]
    assert words[0] == "python"
    done = subprocess.run(
        [sys.executable, *words[1:]],
        cwd=checkout,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=300,
    )
    output = done.stdout + done.stderr
    *lines, last = ["", *promised.splitlines()]
    status = re.fullmatch(r"exit status (\d)", last)
    assert done.returncode == (int(status[1]) if status else 0), output
    for line in lines if status else [*lines, last]:
        assert line in output, output
