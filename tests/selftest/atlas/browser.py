"""A headless Chromium for tests, driven by selenium; nothing of either is ever downloaded."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--disable-ipc-flooding-protection",  # a test opens hundreds of cells in a second
)
_PLACES = ("/usr/lib/chromium/chromium", "chromium", "chromium-browser", "google-chrome")


def found(*names: str) -> str:
    """The first of the programs that is here.

    Raises:
        pytest.skip.Exception: with a clear line, if there is none.
    """
    place = next((path for path in map(shutil.which, names) if path), None)
    if place is None:
        pytest.skip(f"no {names[-1]} here: `apt-get install chromium chromium-driver`")
    return place


@contextmanager
def browser(profile: Path) -> Iterator[Any]:
    """A new browser with an empty profile, which keeps a log of its console and its requests."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    service = pytest.importorskip("selenium.webdriver.chrome.service")
    os.environ.update(SE_OFFLINE="true", SE_AVOID_STATS="true")
    options = webdriver.ChromeOptions()
    options.binary_location = found(*_PLACES)
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, service.Service(found("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def resize(driver: Any, width: int, height: int) -> None:
    """Give the page the size of a screen, that of a phone if it is narrow."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def prefer(driver: Any, **features: str) -> None:
    """Set what the user prefers, such as `prefers_color_scheme="dark"`."""
    wanted = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})


def requests(driver: Any) -> list[str]:
    """The addresses that were asked for since the last call."""
    found = []
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            found.append(message["params"]["request"]["url"])
    return found
