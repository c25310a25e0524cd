"""The pytest plugin: options, collection, header. The verdicts come from `items`.

PYTEST_DONT_REWRITE: it may be imported before pytest starts.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base import environment, settings
from keras_rnn_conformance.base.errors import CommandFault, EnvironmentFault, FixtureFault
from keras_rnn_conformance.base.files import claim
from keras_rnn_conformance.base.timeout import case_timeout
from keras_rnn_conformance.cases import replaced
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.cases.streams import data_seed
from keras_rnn_conformance.judging import known_failures, readiness, suite
from keras_rnn_conformance.pytest_plugin import listing, search, summary
from keras_rnn_conformance.pytest_plugin.github import GitHub
from keras_rnn_conformance.pytest_plugin.items import CaseItem, CaseModule, Session
from keras_rnn_conformance.pytest_plugin.junit import Properties
from keras_rnn_conformance.pytest_plugin.proposals import Proposer
from keras_rnn_conformance.pytest_plugin.recorder import Recorder, shard_of
from keras_rnn_conformance.pytest_plugin.reports import Journal, Reports
from keras_rnn_conformance.report.findings import GLANCE, SECONDS


def _inside(text: str) -> Path:
    """A path, relative to the working directory where it lies in it."""
    path = Path(text).resolve()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _usage(option: str, read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Read an argument so that a bad one is refused in one line, without all of the usage."""

    def given(text: str) -> Any:
        try:
            return read(text)
        except argparse.ArgumentTypeError as error:
            raise pytest.UsageError(f"{option}: {error}") from None

    return given


def _profile(text: str) -> str:
    if text not in suite.PROFILES:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(suite.PROFILES)}")
    return text


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance", "conformance of Keras's recurrent layers")
    group.addoption(
        "--profile",
        type=_usage("--profile", _profile),
        default="default",
        metavar="{" + ",".join(suite.PROFILES) + "}",
        help="gate: the first alarm; smoke: a quick look; default: the matrix and "
        "every pair of options; thorough: every triple of options",
    )
    group.addoption(
        "--case",
        action="append",
        metavar="ID",
        default=[],
        help="run only this case, whatever the profile; may be repeated",
    )
    group.addoption(
        "--rule",
        action="append",
        type=str.upper,
        metavar="ID",
        default=[],
        help="run only the cases that check this rule; may be repeated",
    )
    group.addoption(
        "--layer",
        action="append",
        metavar="NAME=MODULE:CLASS",
        default=[],
        help="judge this class in place of keras.layers.NAME, with the cases of NAME; repeatable",
    )
    group.addoption(
        "--list-cases",
        action="store_true",
        help="print the case ids of the profile; with --layer, those that judge the class",
    )
    group.addoption("--list-rules", action="store_true", help="print every rule with its source")
    group.addoption(
        "--covers",
        metavar="WORD",
        help="say whether something is judged: the questions and the rules that speak of it",
    )
    group.addoption("--list-axes", action="store_true", help="print every axis and its values")
    group.addoption(
        "--search",
        type=float,
        metavar="SECONDS",
        help="try random cases beyond the profiles, and print the ids of those that fail",
    )
    group.addoption(
        "--data-seed",
        type=_usage("--data-seed", data_seed),
        default=0,
        metavar="N",
        help="use other numbers: the key of their stream (default 0)",
    )
    group.addoption(
        "--known-failures",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="your own known failures, in addition to the project's: see "
        "docs/known_failures.md; may be repeated",
    )
    group.addoption(
        "--only-known-failures",
        type=Path,
        metavar="FILE",
        help="known failures to use instead of the project's",
    )
    group.addoption(
        "--results",
        type=Path,
        metavar="FILE",
        help="write the result of every case to FILE: JSON lines, see docs/format.md",
    )
    group.addoption(
        "--shard",
        default="",
        metavar="K/N",
        help="run the K-th of N disjoint parts; `keras-rnn-conformance merge` joins the results",
    )
    group.addoption(
        "--reports",
        type=_inside,
        metavar="DIR",
        help="write a folder for every finding: the text of an issue and a standalone script",
    )
    group.addoption(
        "--examine",
        type=_usage("--examine", case_timeout),
        metavar="SECONDS",
        help="how long to look for the causes of failures (default 10, or 75 with --reports; 0 "
        "turns it off)",
    )
    group.addoption(
        "--write-known-failures",
        type=Path,
        metavar="FILE",
        help="write a file of known failures for what failed; you fill in the reasons",
    )
    group.addoption(
        "--case-timeout",
        type=_usage("--case-timeout", case_timeout),
        default=300.0,
        metavar="SECONDS",
        help="stop a case that takes longer (default 300; 0 for never)",
    )


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    option = config.option
    try:
        if option.list_cases:
            _choose_layers(option)
            return listing.cases(option.profile)
        if option.list_rules:
            return listing.rules(option.profile)
        if option.covers is not None:
            return listing.covers(option.covers)
    except FixtureFault as fault:
        raise pytest.UsageError(str(fault)) from None
    return listing.axes() if option.list_axes else None


def pytest_configure(config: pytest.Config) -> None:
    settings.set_environment(environment.backend())
    # On CI pytest would repeat the whole text of every failure in its summary.
    config.option.force_short_summary = True
    config.stash[Session.KEY] = session = Session(config.option.profile, config.option.data_seed)
    try:
        session.chosen = [Case.parse(text) for text in config.option.case]
    except CaseError as error:
        raise pytest.UsageError(f"--case: {error}") from None
    _replace_layers(config, session)
    session.rules = tuple(config.option.rule)
    session.known_files = known_failures.files(
        config.option.known_failures, config.option.only_known_failures
    )
    session.shard = shard_of(config.option.shard)
    session.recording = config.option.results is not None
    session.timeout = config.option.case_timeout
    _register_reports(config, session)
    config.pluginmanager.register(summary.Summary(session), "conformance-summary")
    if session.recording and not hasattr(config, "workerinput"):
        recorder = Recorder(session, config.option.results)
        config.pluginmanager.register(recorder, "conformance-results")


def _choose_layers(option: argparse.Namespace) -> None:
    try:
        replaced.choose(option.layer)
    except CommandFault as error:
        raise pytest.UsageError(f"--layer: {error}") from None


def _replace_layers(config: pytest.Config, session: Session) -> None:
    """Set what `--layer` names; its modules may lie where pytest was started."""
    _choose_layers(config.option)
    foreign = next((case for case in session.chosen if not replaced.judges(case)), None)
    if foreign is not None:
        judged = ", ".join(map(str, replaced.chosen.values()))
        raise pytest.UsageError(f"--case: {foreign.id} says nothing about {judged}")
    start = str(config.invocation_params.dir)
    if config.option.layer and start not in sys.path:
        sys.path.insert(0, start)


def _register_reports(config: pytest.Config, session: Session) -> None:
    """The journal in the process that runs cases; the rest in the one that controls them."""
    option, plugins = config.option, config.pluginmanager
    worker = getattr(config, "workerinput", {}).get("workerid", "")
    alone = not worker and not getattr(option, "numprocesses", None)
    if option.reports is not None and not worker:
        try:
            claim(option.reports.absolute(), "reports")
        except CommandFault as fault:
            raise pytest.UsageError(f"--reports: {fault}") from None
    if option.reports is not None and (worker or alone):
        journal = Journal(option.reports.absolute(), worker or "main")
        plugins.register(journal, "conformance-journal")
    if not worker:
        seconds = option.examine
        if seconds is None:
            seconds = GLANCE if option.reports is None else SECONDS
        reports = Reports(session, option.reports, seconds)
        plugins.register(reports, "conformance-reports")
        plugins.register(GitHub(reports), "conformance-github")
        if option.xmlpath:
            plugins.register(Properties(option.xmlpath, reports.folders), "conformance-junit")
        if option.write_known_failures is not None:
            plugins.register(Proposer(option.write_known_failures), "conformance-proposals")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    if any(_holds_cases(config.invocation_params.dir / arg.split("::")[0]) for arg in config.args):
        with _refused_in_one_line():
            environment.check()
            if replaced.chosen:
                _import_replacements()
        config.stash[Session.KEY].prepare()
        _be_brief(config)


def _be_brief(config: pytest.Config) -> None:
    """Progress in dots, without a line for every module; and what is judged, in `-q` as well."""
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return
    if reporter.verbosity == 0:
        reporter.showfspath = False
    elif reporter.verbosity == -1:
        release, backend = environment.keras_release(), environment.backend()
        reporter.write_line(f"judging: keras {release} on {backend}, {environment.keras_place()}")


def _import_replacements() -> None:
    readiness.ready()
    from keras_rnn_conformance.subject import classes

    classes.load()


@contextmanager
def _refused_in_one_line() -> Iterator[None]:
    try:
        yield
    except EnvironmentFault as fault:
        raise pytest.UsageError(str(fault)) from None
    except CommandFault as fault:
        raise pytest.UsageError(f"--layer: {fault}") from None


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> bool | None:
    return True if session.config.option.search is not None else None


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    option = session.config.option
    seconds = option.search
    judges = seconds is not None or any(isinstance(item, CaseItem) for item in session.items)
    if judges and not option.collectonly and not hasattr(session.config, "workerinput"):
        with _refused_in_one_line():
            readiness.ready()
    if seconds is None:
        return None
    # pytest takes a run without items for one that collected nothing
    session.testscollected = 1
    session.testsfailed = search.search(session.config.stash[Session.KEY], seconds)
    return True


def _holds_cases(path: Path) -> bool:
    """Whether collecting a path reaches conformance modules."""
    path = path.resolve()
    return suite.FOLDER in (path, *path.parents) or path in suite.FOLDER.parents


def pytest_report_header(config: pytest.Config) -> list[str]:
    facts = environment.describe()
    facts["keras"] += f" at {environment.keras_place()}"
    judged = "judging: " + ", ".join(f"{name} {value}" for name, value in facts.items())
    lines = [judged, f"profile: {config.option.profile}, data seed {config.option.data_seed}"]
    lines[1:1] = [f"layer: {one}" for one in replaced.chosen.values()]
    files = config.stash[Session.KEY].known_files
    if files != (known_failures.FILE,):
        names = ["the project's" if path == known_failures.FILE else str(path) for path in files]
        lines.append(f"known failures: {', '.join(names)}")
    return lines


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The cases that notice most in the least time come first: for `-x`, and whoever watches.

    Cases that were named one by one stay in the order of their modules.
    """
    judged = next((item for item in items if isinstance(item, CaseItem)), None)
    if judged is not None and not judged.config.option.case:
        places = suite.strongest_first(judged.config.option.profile)
        last = len(places)
        items.sort(
            key=lambda item: places.get(item.case, last) if isinstance(item, CaseItem) else last
        )


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    if suite.FOLDER in module_path.parents:
        # the same name in a checkout and in an installed package
        nodeid = f"tests/conformance/{module_path.relative_to(suite.FOLDER).as_posix()}"
        return CaseModule.from_parent(parent, path=module_path, nodeid=nodeid)
    return None
