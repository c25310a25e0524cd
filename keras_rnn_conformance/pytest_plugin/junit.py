"""JUnit XML: the properties of a case that a reader of the file can use."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET

import pytest
from _pytest.junitxml import xml_key

WANTED = ("case", "rule", "error", "bound", "repro", "device")


def complete(config: pytest.Config, folders: Mapping[str, str]) -> None:
    """Add the folder of each failing case; leave out what is for the suite alone."""
    xml = config.stash.get(xml_key, None)
    if xml is None:
        return
    for reporter in xml.node_reporters_ordered:
        element = reporter.to_xml()
        properties = element.find("properties")
        if properties is None:
            continue
        for item in list(properties):
            if item.get("name") not in WANTED:
                properties.remove(item)
        where = folders.get(element.get("name", ""))
        if where:
            ET.SubElement(properties, "property", name="repro", value=where)
