"""JUnit XML: the properties of a case that a reader of the file can use."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from keras_rnn_conformance.base.files import write_whole

WANTED = ("case", "rule", "error", "bound", "repro", "device")


class Properties:
    """Completes the file of `--junitxml` once pytest has written it."""

    def __init__(self, path: str, folders: Mapping[str, Path]) -> None:
        self.path = Path(os.path.expandvars(path)).expanduser()
        self.folders = folders

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self) -> Generator[None, object, object]:
        result = yield
        if self.path.is_file():
            write_whole(self.path, completed(self.path.read_text("utf-8"), self.folders))
        return result


def completed(text: str, folders: Mapping[str, Path]) -> str:
    """The file with the folder of each failing case, and without what is for the suite alone."""
    suites = ET.fromstring(text)  # noqa: S314  pytest has just written it
    for case in suites.iter("testcase"):
        properties = case.find("properties")
        if properties is None:
            continue
        for item in list(properties):
            if item.get("name") not in WANTED:
                properties.remove(item)
        if case.get("name") in folders:
            where = str(folders[case.get("name", "")])
            ET.SubElement(properties, "property", name="repro", value=where)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True)
