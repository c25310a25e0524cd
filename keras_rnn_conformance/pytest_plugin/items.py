"""The pytest side of a case: one item a case, which checks every rule that the case bears on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import EnvironmentFault, FixtureFault
from keras_rnn_conformance.base.timeout import CaseTimeout, limited
from keras_rnn_conformance.cases import replaced
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import capabilities, known_failures, readiness, suite
from keras_rnn_conformance.judging.capability import Capability
from keras_rnn_conformance.judging.known_failures import KnownFailures, sort_out
from keras_rnn_conformance.judging.message import failure_text
from keras_rnn_conformance.judging.rules import RULES, Failure, in_order, rules_of
from keras_rnn_conformance.judging.verdict import Verdict, conduct
from keras_rnn_conformance.results.file import in_shard
from keras_rnn_conformance.results.rows import row_of, skipped_row


class Nonconformance(Exception):
    """A case broke a rule; the text is the whole failure report."""


@dataclass
class Session:
    """What the items of one pytest process share."""

    profile: str
    seed: int
    chosen: list[Case] = field(default_factory=list)
    rules: tuple[str, ...] = ()
    known_files: tuple[Path, ...] = (known_failures.FILE,)
    shard: str = ""
    recording: bool = False
    configured: bool = False
    timeout: float = 0.0

    KEY = pytest.StashKey["Session"]()

    @cached_property
    def known(self) -> KnownFailures:
        """The known failures of the release and backend under judgement."""
        release = environment.keras_release()
        try:
            environment.check()
            entries = known_failures.load_all(self.known_files, release, environment.backend())
        except (EnvironmentFault, known_failures.KnownFailuresError) as error:
            raise pytest.UsageError(str(error)) from None
        self._refuse_idle(entries)
        # A replacement runs inside Keras's loop, wrappers and files, whose faults are not its own.
        strict = entries.strict and not replaced.chosen
        return KnownFailures(entries.entries, strict, self.seed)

    def prepare(self) -> None:
        """Meet everything that makes judging impossible: no Keras, or a file that cannot be used.

        Raises:
            pytest.UsageError: with one message, whatever the number of modules and workers.
        """
        try:
            suite.plan(self.profile)
        except FixtureFault as fault:
            raise pytest.UsageError(str(fault)) from None
        unknown = [rule for rule in self.rules if rule not in RULES]
        if unknown:
            subject = unknown[0].rpartition("-")[0] + "-"
            near = sorted((id for id in RULES if id.startswith(subject)), key=in_order)
            meant = f"there are {', '.join(near)}" if near else "see --list-rules"
            raise pytest.UsageError(f"--rule: unknown rule {unknown[0][:40]!r}; {meant}")
        if not any(map(self._is_of_rules, self.chosen or suite.all_cases(self.profile))):
            where = "chosen" if self.chosen else f"of the {self.profile} profile"
            raise pytest.UsageError(f"--rule: no case {where} checks {', '.join(self.rules)}")
        assert self.known is not None

    @cached_property
    def witnesses(self) -> dict[str, Case]:
        """The first case of the run that needs each absent capability, by its name."""
        cases: dict[str, Case] = {}
        if replaced.chosen:
            return cases  # what Keras lacks, another's layer may well have
        for case in self.chosen or suite.all_cases(self.profile):
            lacking = capabilities.lacking(case, environment.backend())
            if lacking is not None:
                cases.setdefault(lacking.name, case)
        return cases

    def _refuse_idle(self, entries: KnownFailures) -> None:
        if self.profile in ("gate", "smoke") or self.chosen:
            return
        idle = entries.idle(suite.all_cases(suite.PROFILES[-1]))
        if idle:
            where = "; ".join(f"{entry.place} ({entry.rule})" for entry in idle)
            raise pytest.UsageError(f"known failures that match no case: {where}")

    def cases(self, module: str) -> list[Case]:
        """The cases that a conformance module contributes to this run, or to its shard."""
        return [
            case
            for case in self._selected(module)
            if in_shard(case.id, self.shard) and self._is_of_rules(case) and replaced.judges(case)
        ]

    def _is_of_rules(self, case: Case) -> bool:
        """Whether a case is held to one of the rules that were asked for, if any were."""
        return not self.rules or any(RULES[rule].applies(case) for rule in self.rules)

    def _selected(self, module: str) -> list[Case]:
        if not self.chosen:
            return list(suite.plan(self.profile)[module])
        return [case for case in self.chosen if suite.home(case) == module]


class CaseModule(pytest.Module):
    """A conformance module: it holds rules, and collects to its cases."""

    def collect(self) -> Iterator[pytest.Item]:
        session = self.config.stash[Session.KEY]
        assert session.known is not None
        for case in session.cases(suite.name_of(self.path)):
            yield CaseItem.from_parent(self, name=case.id, case=case)


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, **options: Any) -> None:
        super().__init__(**options)
        self.case = case

    def runtest(self) -> None:
        try:
            self._judge()
        except EnvironmentFault as fault:
            # no other case will fare better
            self.session.shouldfail = str(fault)
            raise

    def _judge(self) -> None:
        session = self.config.stash[Session.KEY]
        lacking = capabilities.lacking(self.case, environment.backend())
        if lacking is not None:
            reason = f"no {lacking.name}: {lacking.reason(self.case, environment.backend())}"
            self._prove_absence(lacking, session)
            self.user_properties.append(("row", skipped_row(self.case.id, reason)))
            pytest.skip(reason)
        with self._limited(session):
            verdict = conduct(self.case, session.seed)
        self._record(verdict)
        if session.recording:
            self.user_properties.append(("row", row_of(verdict)))
            self._tell_of_configs(session)
        self._hold(verdict, session.known, session.seed)

    def _tell_of_configs(self, session: Session) -> None:
        """The first case of each process tells what its layers are configured with by default."""
        if not session.configured:
            from keras_rnn_conformance.subject.configs import default_configs

            self.user_properties.append(("configs", default_configs()))
            session.configured = True

    def _limited(self, session: Session) -> AbstractContextManager[None]:
        """The time that the case has, in which the import of Keras is not counted."""
        readiness.ready()
        return limited(self.case.id, session.timeout)

    def _prove_absence(self, lacking: Capability, session: Session) -> None:
        """See, once a run, that a declared absence is one: its first case must not conform."""
        proved = lacking.proved_by_a_case(environment.backend())
        if proved and session.witnesses.get(lacking.name) == self.case:
            with self._limited(session):
                sound = conduct(self.case, session.seed).ok
            if sound:
                raise Nonconformance(
                    f"case  {self.case.id}\n{environment.backend()} is declared to lack "
                    f"{lacking.name}, and has it: correct judging/capabilities.py"
                )

    def _hold(self, verdict: Verdict, entries: known_failures.KnownFailures, seed: int) -> None:
        unexpected, passes, explained = sort_out(verdict, entries)
        self.user_properties += [
            ("known", [entry.rule for entry in explained]),
            ("unexpected", sorted(unexpected)),
            ("mended", [f"{entry.rule} ({entry.place})" for entry in passes]),
        ]
        self._name_the_worst(unexpected)
        if unexpected or passes:
            raise Nonconformance(failure_text(verdict, unexpected, passes, seed))
        if explained:
            pytest.xfail("; ".join(f"{entry.rule}: {entry.reason}" for entry in explained))

    def _name_the_worst(self, unexpected: dict[str, list[Failure]]) -> None:
        """Rule, error and bound of the first failure, for whoever reads the properties alone."""
        for rule, failures in list(unexpected.items())[:1]:
            first = failures[0]
            self.user_properties += [("rule", rule), ("error", first.error), ("bound", first.bound)]

    def _record(self, verdict: Verdict) -> None:
        shares = list(verdict.budget.values())
        self.user_properties += [
            ("case", self.case.id),
            ("rules", len(rules_of(self.case))),
            ("failed", {rule: sorted({f.kind for f in fs}) for rule, fs in verdict.failed.items()}),
            ("broken", sorted(verdict.failed)),
            ("unjudged", verdict.unjudged),
            ("budget", max(shares, default=0.0)),
            ("seconds", verdict.seconds),
            ("device", readiness.device()),
        ]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, (Nonconformance, CaseTimeout, EnvironmentFault)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.case.id
