"""What a reader does with a page of the atlas: visits it, presses keys, clicks, reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.selftest.atlas.browser import requests


def visit(driver: Any, page: Path, fragment: str = "") -> None:
    driver.get("about:blank")
    requests(driver)
    driver.get_log("browser")
    from selenium.webdriver.support.wait import WebDriverWait

    driver.get(f"{page.as_uri()}{fragment}")
    WebDriverWait(driver, 120).until(_drawn)


def _drawn(driver: Any) -> bool:
    """Whether the page's own script has come to its end; a busy machine takes its time."""
    return bool(
        driver.execute_script(
            "return document.readyState === 'complete'"
            " && document.getElementById('said').textContent.includes('rules')"
        )
    )


def quiet(driver: Any, page: Path) -> None:
    """Nothing was said on the console, and nothing but the page itself was asked for."""
    assert driver.get_log("browser") == []
    asked = [url.partition("#")[0] for url in requests(driver)]
    assert set(asked) <= {page.as_uri(), "about:blank"}, asked


def cell(driver: Any, rule: str, release: str) -> Any:
    names = [
        head.get_property("textContent")
        for head in driver.find_elements("css selector", "#releases th")
    ]
    place = names.index(release) + 1
    return driver.find_element("css selector", f"[data-rule={rule}] > :nth-child({place}) > button")


def active(driver: Any) -> Any:
    return driver.switch_to.active_element


def press(driver: Any, *keys: str) -> None:
    from selenium.webdriver.common.keys import Keys  # is not installed everywhere

    active(driver).send_keys(*(getattr(Keys, key, key) for key in keys))


def click(driver: Any, found: Any) -> None:
    driver.execute_script("arguments[0].scrollIntoView({block: 'center', inline: 'center'})", found)
    found.click()


def choose(driver: Any, name: str, value: str) -> None:
    from selenium.webdriver.support.select import Select

    Select(driver.find_element("name", name)).select_by_value(value)


def labels(driver: Any, selector: str) -> list[str]:
    """The labels of all elements of a kind."""
    return driver.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((one) => one.ariaLabel)", selector
    )


def reached(driver: Any) -> int:
    """Which cell of the grid has the focus, by its number; -1 if none."""
    return driver.execute_script(
        "return [...document.querySelectorAll('#grid td button')].indexOf(document.activeElement)"
    )


def rules(driver: Any) -> list[str]:
    return driver.execute_script(
        "return [...document.querySelectorAll('tr[data-rule]')].filter((row) => row.offsetHeight)"
        ".map((row) => row.dataset.rule)"
    )


def releases(driver: Any) -> list[str]:
    return driver.execute_script(
        "return [...document.querySelectorAll('#releases th')].slice(1)"
        ".filter((head) => head.offsetWidth).map((head) => head.textContent)"
    )


def text(driver: Any, id: str) -> str:
    return driver.find_element("id", id).text
