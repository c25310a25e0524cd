"""The answers of the atlas in a real browser: scorecards, search, causes, print."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.atlas.causes import known
from keras_rnn_conformance.results import store
from tests.selftest.atlas.actions import (
    active,
    choose,
    click,
    labels,
    quiet,
    rules,
    text,
    visit,
)
from tests.selftest.atlas.browser import resize
from tests.selftest.atlas.conftest import SIZES

pytest.importorskip("jinja2", reason="it fills in the page's template: pip install '.[atlas]'")


def test_a_reader_is_answered_in_words_on_the_first_screen(
    driver: Any, whole: Path, size: str
) -> None:
    """Is my LSTM safe with JAX? On the newest release there, unless another is asked for."""
    visit(driver, whole)
    choose(driver, "layer", "LSTM")
    choose(driver, "backend", "jax")
    newest = store.recorded("jax")[-1].header["keras"]
    assert text(driver, "verdict").startswith(f"LSTM on Keras {newest} with jax")
    assert "that were run do what is documented" in text(driver, "verdict")
    top = driver.find_element("id", "verdict").rect
    assert top["y"] + 40 < SIZES[size][1], "in sight without scrolling"
    choose(driver, "keras", "3.9.2")
    assert text(driver, "verdict").startswith("LSTM on Keras 3.9.2 with jax")
    quiet(driver, whole)


def test_a_scorecard_chooses_what_it_is_about(driver: Any, whole: Path, size: str) -> None:
    visit(driver, whole)
    rows = {
        row.text.split("\n")[0]: row for row in driver.find_elements("css selector", "#cards tr")
    }
    assert {"all layers", "LSTM", "GRU"} <= rows.keys()
    click(driver, rows["GRU"].find_elements("tag name", "button")[1])
    assert driver.find_element("name", "layer").get_property("value") == "GRU"
    assert "GRU on Keras" in text(driver, "verdict")
    assert active(driver).get_attribute("aria-current") == "true", "the focus stays where it was"
    click(
        driver,
        driver.find_elements("css selector", "#years tbody tr")[1].find_element(
            "tag name", "button"
        ),
    )
    assert "keras=" in driver.current_url and "layer=GRU" in driver.current_url
    quiet(driver, whole)


def test_what_nobody_ran_is_said_to_be_not_recorded(driver: Any, whole: Path) -> None:
    visit(driver, whole, "#backend=tensorflow&keras=2.1.6")
    named = set(labels(driver, "#cards button.blank"))
    assert any("on jax: not recorded" in name for name in named)
    assert not any("hold" in name for name in named)


STATES = (
    "#errors",
    "#causes",
    "#layer=LSTM&backend=jax",
    "#layer=GRU&backend=numpy&keras=3.9.2&q=mask&at=causes",
    "#backend=torch&q=dropout&causes=all",
    "#backend=numpy&option=mask%3Dgap&show=fails&at=verdicts",
    "#backend=numpy&rule=RUN-1&keras=3.9.2",
    "#backend=numpy&cause={}",
)


@pytest.mark.parametrize("state", STATES)
def test_every_state_survives_being_sent(driver: Any, whole: Path, state: str) -> None:
    """What an address shows, the address that the page then has shows again."""
    resize(driver, *SIZES["desktop"])

    def shown() -> list[Any]:
        return driver.execute_script(
            "return [document.getElementById('verdict').innerText, scrollY > 200,"
            " document.getElementById('causes-said').innerText,"
            " document.getElementById('said').innerText,"
            " document.getElementById('panel').hidden,"
            " [...document.querySelectorAll('#cause-table details[open]')].map((d) => d.id),"
            " ...['layer', 'backend', 'keras', 'q', 'causes', 'option', 'show'].map("
            "(name) => document.querySelector(`[name=${name}]`).value)]"
        )

    visit(driver, whole, state.format(known()[6].key))
    before, address = shown(), driver.current_url
    driver.get("about:blank")
    driver.get(address)
    assert shown() == before and driver.current_url == address
    if state == "#errors":
        assert address.endswith("#errors")
        assert (
            abs(
                driver.find_element("id", "errors").rect["y"]
                - driver.execute_script("return scrollY")
            )
            < 60
        )
    quiet(driver, whole)


def test_search_goes_over_rules_options_and_causes(driver: Any, whole: Path, size: str) -> None:
    visit(driver, whole, "#backend=numpy")
    every, causes = len(rules(driver)), text(driver, "causes-said")
    field = driver.find_element("name", "q")
    field.send_keys("dropout")
    assert 0 < len(rules(driver)) < every
    assert text(driver, "causes-said") != causes
    hits = driver.find_element("id", "hits")
    assert "rule" in hits.text and "cause" in hits.text
    click(driver, hits.find_element("tag name", "button"))
    assert driver.find_element("name", "option").get_property("value")
    assert field.get_property("value") == ""
    field.send_keys("zzzz")
    assert rules(driver) == [] and "0 causes" in text(driver, "causes-said")
    quiet(driver, whole)


def test_a_cause_opens_to_its_rules_and_its_case(driver: Any, whole: Path, size: str) -> None:
    visit(driver, whole, f"#cause={known()[0].key}")
    opened = driver.find_element("css selector", "#cause-table details[open]")
    for said in ("Breaks ", "Shortest case", "python -m pytest --case "):
        assert said in opened.text, said
    click(driver, opened.find_element("tag name", "summary"))
    driver.execute_async_script("setTimeout(arguments[0], 100)")
    assert "cause=" not in driver.current_url
    quiet(driver, whole)


def test_the_reasons_of_an_answer_lead_to_their_cause(driver: Any, whole: Path, size: str) -> None:
    visit(driver, whole, "#layer=LSTM&backend=numpy")
    click(driver, driver.find_element("css selector", "#reasons a"))
    assert len(driver.find_elements("css selector", "#cause-table details[open]")) == 1
    quiet(driver, whole)


def test_print_leaves_the_answers_and_drops_what_is_to_be_pressed(driver: Any, whole: Path) -> None:
    visit(driver, whole)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not driver.find_element("id", "filters").is_displayed()
        assert driver.find_element("id", "verdict").is_displayed()
        assert driver.find_element("id", "cards").is_displayed()
    finally:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
