"""The atlas in a real browser: opened, filtered, driven by keys, at several sizes; and harmless.

`ATLAS_SCREENSHOT=1` writes the README's picture, docs/atlas.png, anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.results import store
from tests.selftest.atlas.actions import (
    active,
    cell,
    choose,
    click,
    press,
    quiet,
    reached,
    releases,
    rules,
    visit,
)
from tests.selftest.atlas.browser import prefer, resize
from tests.selftest.atlas.conftest import SIZES
from tests.selftest.atlas.test_atlas import EVIL, embedded
from tests.selftest.results.test_results import IDS

pytest.importorskip("jinja2", reason="it fills in the page's template: pip install '.[atlas]'")

PICTURE = ROOT / "docs" / "atlas.png"


def test_a_cell_opens_to_its_cases_and_closes_again(driver: Any, small: Path, size: str) -> None:
    visit(driver, small)
    opener = cell(driver, "VALUE-2", "3.9.2")
    assert opener.text.split() == ["✕", "1/1"]
    assert opener.get_attribute("aria-expanded") == "false"
    click(driver, opener)
    panel = driver.find_element("id", "panel")
    assert panel.is_displayed() and opener.get_attribute("aria-expanded") == "true"
    assert active(driver).text == "VALUE-2 on Keras 3.9.2"
    assert "not yet explained" in panel.find_element("class name", "reason").text
    for said in (IDS[5], "output", "1e5 times the bound 1e-6", "KERAS_BACKEND=jax"):
        assert said in panel.text, said
    press(driver, "ESCAPE")
    assert not panel.is_displayed() and active(driver) == opener
    assert opener.get_attribute("aria-expanded") == "false"
    click(driver, opener)
    click(driver, driver.find_element("id", "close"))
    assert not panel.is_displayed()
    quiet(driver, small)


def test_the_keyboard_reaches_every_cell(driver: Any, whole: Path, size: str) -> None:
    visit(driver, whole)
    stops = driver.find_elements("css selector", "#grid td button[tabindex='0']")
    assert len(stops) == 1, "one stop of Tab"
    driver.find_element("css selector", ".grid").send_keys("")
    for _ in range(20):
        press(driver, "TAB")
        if reached(driver) >= 0:
            break
    assert reached(driver) == 0
    across = len(releases(driver))
    steps: list[tuple[tuple[str, ...], int]] = [
        (("ARROW_RIGHT",), 1),
        (("END",), across - 1),
        (("ARROW_RIGHT",), across - 1),  # no further
        (("HOME",), 0),
        (("ARROW_DOWN",), across),
        (("PAGE_DOWN",), 11 * across),
        (("ARROW_UP",), 10 * across),
        (("CONTROL", "HOME"), 0),
    ]
    for keys, cell_ in steps:
        press(driver, *keys)
        assert reached(driver) == cell_, keys
    press(driver, "ENTER")
    assert driver.find_element("id", "panel").is_displayed()
    assert active(driver).get_attribute("id") == "panel-title"
    quiet(driver, whole)


def test_filters_leave_what_they_name(driver: Any, whole: Path, size: str) -> None:
    visit(driver, whole)
    everything = rules(driver)
    said = driver.find_element("id", "said").text
    assert f"{len(everything)} of {len(everything)} rules" in said
    recorded = [b for b in BACKENDS if store.recorded(b)]
    for backend in recorded:
        choose(driver, "backend", backend)
        known = [r.header["keras"] for r in store.recorded(backend)]
        assert releases(driver) == known[::-1]
    choose(driver, "layer", "GRU")
    assert driver.find_element("id", "said").text != said
    choose(driver, "option", "mask")
    assert "MASK-1" in rules(driver)
    choose(driver, "show", "fails")
    fewer = rules(driver)
    assert len(fewer) < len(everything)
    assert "show=fails" in driver.current_url and "layer=GRU" in driver.current_url
    driver.refresh()
    assert rules(driver) == fewer, "the address keeps the filters"
    click(driver, driver.find_element("css selector", "[type=reset]"))
    driver.execute_async_script("setTimeout(arguments[0], 50)")
    assert rules(driver) == everything
    choose(driver, "show", "changed")
    assert 0 < len(rules(driver)) < len(everything)
    quiet(driver, whole)


def test_each_kind_of_rule_can_be_asked_for(driver: Any, small: Path, size: str) -> None:
    visit(driver, small, "#backend=numpy")
    for show, wanted in (("open", "VALUE-2"), ("changed", "RUN-1"), ("absent", "RUN-1")):
        choose(driver, "show", show)
        assert wanted in rules(driver), show
    choose(driver, "backend", "jax")
    assert releases(driver) == ["3.9.2"]
    choose(driver, "show", "changed")
    assert rules(driver) == [], "one release changes nothing"
    quiet(driver, small)


def test_the_address_opens_a_cell(driver: Any, small: Path, size: str) -> None:
    visit(driver, small, "#backend=jax&rule=VALUE-2&keras=3.9.2")
    assert driver.find_element("id", "panel-title").text == "VALUE-2 on Keras 3.9.2"
    for nonsense in ("#rule=NONE-1&keras=3.9.2", "#backend=<b>&rule=%00", "#show=__proto__"):
        visit(driver, small, nonsense)
        assert not driver.find_element("id", "panel").is_displayed()
        quiet(driver, small)


@pytest.mark.parametrize("backend", ["torch", "numpy"])
def test_no_cell_is_red_without_a_sentence(driver: Any, whole: Path, backend: str) -> None:
    """Every cell that fails is opened, and every failure in it has its reason."""
    resize(driver, *SIZES["desktop"])
    visit(driver, whole, f"#backend={backend}")
    red = "#grid td .known, #grid td .open"
    failing = driver.execute_script(f"return document.querySelectorAll('{red}').length")
    silent = []
    for start in range(0, failing, 100):  # a script has half a minute
        silent += driver.execute_script(
            """
        const red = [...document.querySelectorAll(arguments[0])];
        return red.slice(arguments[1], arguments[1] + 100).filter((button) => {
          button.click();
          const why = [...document.querySelectorAll("#panel .why")];
          const texts = why.map((one) => one.querySelector(".reason").textContent.trim());
          const full = texts.length && texts.every((text) => text.split(" ").length > 3);
          const open = button.className === "open";
          return !full || open !== texts.some((text) => text.includes("not yet explained"));
        }).map((button) => button.getAttribute("aria-label"));
        """,
            red,
            start,
        )
    assert failing > 0 and silent == []
    quiet(driver, whole)


def test_counts_are_those_of_the_results(driver: Any, whole: Path) -> None:
    visit(driver, whole)
    backend = next(b for b in reversed(BACKENDS) if store.recorded(b))
    choose(driver, "backend", backend)
    run = store.recorded(backend)[-1]
    for rule in ("RUN-1", "STRUCT-1", "DTYPE-1"):
        fails = sum(rule in row.get("failed", ()) for row in run.rows.values())
        holds = sum(rule in row.get("passed", ()) for row in run.rows.values())
        if not fails + holds:
            continue
        fails += sum("fault" in row for row in run.rows.values()) if rule == "RUN-1" else 0
        shown = cell(driver, rule, run.header["keras"]).text.split()[1]
        assert shown == (f"{fails}/{holds + fails}" if fails else str(holds)), rule


def test_a_screen_reader_finds_a_table(driver: Any, small: Path) -> None:
    visit(driver, small, "#backend=numpy")
    nodes = driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = [node["role"]["value"] for node in nodes if not node["ignored"]]
    data = embedded(small.read_text(encoding="utf-8"))
    assert roles.count("grid") == 1 and roles.count("banner") == roles.count("main") == 1
    assert roles.count("gridcell") >= len(data["rules"]) * len(data["releases"])
    assert roles.count("rowheader") >= len(data["rules"])
    assert roles.count("columnheader") >= len(data["releases"])
    assert roles.count("combobox") == 6
    assert {"searchbox", "status", "navigation"} <= set(roles)
    unnamed = [
        node["role"]["value"]
        for node in nodes
        if not node["ignored"]
        and node["role"]["value"] in ("button", "combobox", "region", "link")
        and not node.get("name", {}).get("value")
    ]
    assert unnamed == []
    assert "1 of 1 case fails, not yet explained, " in (
        cell(driver, "VALUE-2", "3.16.0").accessible_name
    )


def test_dark_mode_and_reduced_motion_are_heeded(driver: Any, small: Path) -> None:
    looks = {}
    for scheme, motion in (("light", "no-preference"), ("dark", "reduce")):
        prefer(driver, prefers_color_scheme=scheme, prefers_reduced_motion=motion)
        visit(driver, small, "#rule=RUN-1&keras=3.9.2")
        looks[scheme] = driver.execute_script(
            "return [getComputedStyle(document.body).backgroundColor,"
            " getComputedStyle(document.getElementById('panel')).animationName]"
        )
    prefer(driver, prefers_reduced_motion="reduce")
    assert looks["light"] == ["rgb(252, 252, 251)", "come"]
    assert looks["dark"] == ["rgb(20, 23, 26)", "none"]


@pytest.mark.parametrize("width", [320, 360, 768, 1280, 1920])
def test_the_page_itself_never_scrolls_sideways(driver: Any, whole: Path, width: int) -> None:
    resize(driver, width, 800)
    visit(driver, whole)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    targets = driver.execute_script(
        "return [...document.querySelectorAll('#grid td button, select, #filters button')]"
        ".slice(0, 40).map((one) => one.getBoundingClientRect()).map((r) => [r.width, r.height])"
    )
    assert min(min(target) for target in targets) >= 24, "WCAG 2.2, 2.5.8"


def test_markup_from_results_is_shown_as_text_and_does_nothing(
    driver: Any, small: Path, size: str
) -> None:
    visit(driver, small, "#backend=numpy")
    for rule in ("RUN-1", "VALUE-2"):
        click(driver, cell(driver, rule, "3.16.0"))
        for _ in range(2):  # a fold is filled when it is opened
            driver.execute_async_script(
                "document.querySelectorAll('#panel details').forEach((d) => { d.open = true; });"
                "setTimeout(arguments[0], 50)"
            )
        panel = driver.find_element("id", "panel")
        if rule == "RUN-1":
            assert EVIL[:60] in panel.text
        assert panel.find_elements("css selector", "img, script, b, [onerror]") == []
        press(driver, "ESCAPE")
    quiet(driver, small)


def test_a_large_page_is_quick(driver: Any, whole: Path) -> None:
    """A choice of filters is answered within what a user takes for at once, fivefold."""
    visit(driver, whole)
    spent = driver.execute_script("""
        const start = performance.now();
        document.querySelector("[name=layer]").value = "LSTM";
        document.getElementById("filters").dispatchEvent(new Event("change"));
        return performance.now() - start;
    """)
    assert spent < 1000


def test_the_picture_of_the_readme(driver: Any, whole: Path) -> None:
    resize(driver, 1280, 720)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"!\[[^\]]{10,}\]\(docs/atlas\.png\)", text)
    visit(driver, whole, "#layer=LSTM&backend=torch")
    png = driver.get_screenshot_as_png()
    if os.environ.get("ATLAS_SCREENSHOT"):
        PICTURE.write_bytes(png)
    for one in (png, PICTURE.read_bytes()):
        assert one.startswith(b"\x89PNG") and len(one) < 200_000
        assert [int.from_bytes(one[i : i + 4], "big") for i in (16, 20)] == [1280, 720]
    quiet(driver, whole)
