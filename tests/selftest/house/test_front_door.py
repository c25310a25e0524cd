"""Packaging, tox and CI say the same thing."""

from __future__ import annotations

import configparser
import re
import sys
from typing import Any

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.paths import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def project() -> dict[str, Any]:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    table: dict[str, Any] = document["project"]
    return table


def tox() -> configparser.ConfigParser:
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "tox.ini", encoding="utf-8")
    return settings


def test_every_backend_has_an_extra_that_brings_keras_and_it() -> None:
    extras = project()["optional-dependencies"]
    for backend, (modules, _) in BACKENDS.items():
        names = {re.split(r"[>=<\[]", requirement)[0] for requirement in extras[backend]}
        assert names == {"keras", *modules.split()}


def test_the_core_needs_neither_keras_nor_the_tools() -> None:
    names = {re.split(r"[>=<\[;]", requirement)[0] for requirement in project()["dependencies"]}
    assert names == {"numpy", "packaging", "pytest", "pytest-xdist", "tomli"}


def test_tox_runs_with_extras_that_exist() -> None:
    extras = set(project()["optional-dependencies"])
    for name, section in tox().items():
        wanted = {extra.strip() for extra in section.get("extras", "").split(",")} - {""}
        assert wanted <= extras, name


def test_the_default_environments_exist() -> None:
    for name in tox()["tox"]["env_list"].split(","):
        assert f"testenv:{name.strip()}" in tox()


def test_ci_lints_as_tox_does() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in tox()["testenv:lint"]["commands"].split("\n"):
        assert f"step {command}".strip() in ci


def test_the_license_is_the_one_that_the_metadata_names() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.split()[:5] == ["Apache", "License", "Version", "2.0,", "January"]
    assert "END OF TERMS AND CONDITIONS" in text
    assert project()["license"] == "Apache-2.0"
