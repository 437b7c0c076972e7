"""The priority matrix and the rules that propose impact and urgency: reading and changing them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ScalarSelect, and_, delete, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.db import take_turn
from portal.errors import Invalid, NotFound
from portal.events.store import record
from portal.promises import proposal
from portal.promises.models import PriorityCell, PriorityClassRow, PriorityRule
from portal.promises.proposal import Proposal, ProposalRule
from portal.promises.rules import DEFAULT, Impact, Matrix, PriorityClass, Urgency, matrix_faults
from portal.web.order import Step, stepped
from portal.web.texts import to_translate

EXPECTED_CONDITION = to_translate("a word, a channel or a contact to which the rule applies")
EXPECTED_PROPOSAL = to_translate("an impact or an urgency to propose")


def matrix_of(session: Session) -> Matrix:
    """The company's matrix; the default one until the company has saved its own. Two queries."""
    rows = session.scalars(select(PriorityClassRow).order_by(PriorityClassRow.position, PriorityClassRow.code)).all()
    if not rows:
        return DEFAULT
    classes = tuple(PriorityClass(row.code, row.name_nl, row.name_en, row.lead_minutes) for row in rows)
    cells = {(cell.impact, cell.urgency): cell.class_code for cell in session.scalars(select(PriorityCell))}
    return Matrix(classes, cells)


def ordinary_lead_minutes() -> ScalarSelect[int]:
    """The lead time of an ordinary question (normal impact and urgency), to ride along in another query.

    NULL until the company has saved its own matrix; then `DEFAULT` counts.
    """
    return (
        select(PriorityClassRow.lead_minutes)
        .join(PriorityCell, PriorityCell.class_code == PriorityClassRow.code)
        .where(PriorityCell.impact == Impact.NORMAL, PriorityCell.urgency == Urgency.NORMAL)
        .scalar_subquery()
    )


def ordinary_rank() -> ScalarSelect[int]:
    """The place of the class of an ordinary question in the order of the classes, to ride along as well; see there."""
    ordinary = aliased(PriorityClassRow)
    before = or_(
        PriorityClassRow.position < ordinary.position,
        and_(PriorityClassRow.position == ordinary.position, PriorityClassRow.code < ordinary.code),
    )
    return (
        select(func.count(PriorityClassRow.code))
        .select_from(PriorityCell)
        .join(ordinary, PriorityCell.class_code == ordinary.code)
        .outerjoin(PriorityClassRow, before)
        .where(PriorityCell.impact == Impact.NORMAL, PriorityCell.urgency == Urgency.NORMAL)
        .scalar_subquery()
    )


def save_matrix(
    session: Session,
    classes: Sequence[PriorityClass],
    cells: Mapping[tuple[Impact, Urgency], str],
    *,
    now: datetime,
    actor_id: int | None,
) -> Matrix:
    """Puts these classes and cells in the place of the present ones. Promises made before keep what they were made with.

    Raises Invalid that names each class or cell which cannot be taken.
    """
    faults = matrix_faults(classes, cells)
    if faults:
        raise Invalid.many(faults)
    before = matrix_of(session)
    session.execute(delete(PriorityCell))
    session.execute(delete(PriorityClassRow))
    session.add_all(
        PriorityClassRow(
            code=each.code, name_nl=each.name_nl, name_en=each.name_en, position=position, lead_minutes=each.lead_minutes
        )
        for position, each in enumerate(classes)
    )
    session.flush()
    session.add_all(PriorityCell(impact=impact, urgency=urgency, class_code=code) for (impact, urgency), code in cells.items())
    session.flush()
    after = Matrix(tuple(classes), dict(cells))
    record(
        session,
        at=now,
        kind="matrix.changed",
        subject="matrix:1",
        actor_id=actor_id,
        facts={"before": _described(before), "after": _described(after)},
    )
    return after


def rules_of(session: Session) -> list[PriorityRule]:
    """The proposal rules in the order in which they are tried. One query."""
    return list(session.scalars(select(PriorityRule).order_by(PriorityRule.position, PriorityRule.id)))


def rule(session: Session, rule_id: int) -> PriorityRule:
    """One rule by which a class is proposed. Raises NotFound."""
    found = session.get(PriorityRule, rule_id)
    if found is None:
        raise NotFound(f"There is no proposal rule {rule_id}.")
    return found


def add_rule(
    session: Session,
    *,
    channel_id: int | None = None,
    words: Sequence[str] = (),
    contact_id: int | None = None,
    impact: Impact | None = None,
    urgency: Urgency | None = None,
    now: datetime,
    actor_id: int | None,
) -> PriorityRule:
    """A new rule, tried after the present ones. Raises Invalid when it has no condition or proposes nothing."""
    if channel_id is None and contact_id is None and not words:
        raise Invalid("words", "", EXPECTED_CONDITION)
    if impact is None and urgency is None:
        raise Invalid("impact", None, EXPECTED_PROPOSAL)
    last = session.scalar(select(func.max(PriorityRule.position)))
    made = PriorityRule(
        position=0 if last is None else last + 1,
        channel_id=channel_id,
        words=list(words),
        contact_id=contact_id,
        impact=impact,
        urgency=urgency,
    )
    session.add(made)
    session.flush()
    _record(session, "proposal_rule.added", made, now, actor_id)
    return made


def remove_rule(session: Session, rule_id: int, *, now: datetime, actor_id: int | None) -> None:
    """Raises NotFound."""
    found = rule(session, rule_id)
    _record(session, "proposal_rule.removed", found, now, actor_id)
    session.delete(found)
    session.flush()


def move_rule(session: Session, rule_id: int, step: Step, *, now: datetime, actor_id: int | None) -> None:
    """Moves the rule one place in the order in which they are tried; at an end nothing changes. Raises NotFound."""
    take_turn(session, "proposal rules")
    moved, before = rule(session, rule_id), rules_of(session)
    after = stepped(before, moved, step)
    if after == before:
        return
    for position, each in enumerate(after):
        each.position = position
    _record(session, "proposal_rule.moved", moved, now, actor_id)


def propose(session: Session, channel_id: int, contact_id: int | None, text: str) -> Proposal:
    """The impact and urgency that the rules propose for a request with this text. One query."""
    return proposal.propose(proposal_rules(session), channel_id=channel_id, contact_id=contact_id, text=text)


def proposal_rules(session: Session) -> list[ProposalRule]:
    """The rules as values, in the order in which they are tried. One query."""
    return [
        ProposalRule(each.id, each.channel_id, tuple(each.words), each.contact_id, each.impact, each.urgency)
        for each in rules_of(session)
    ]


def _record(session: Session, kind: str, of: PriorityRule, now: datetime, actor_id: int | None) -> None:
    facts = {
        "position": of.position,
        "channel_id": of.channel_id,
        "words": of.words,
        "contact_id": of.contact_id,
        "impact": of.impact,
        "urgency": of.urgency,
    }
    record(session, at=now, kind=kind, subject=f"proposal_rule:{of.id}", actor_id=actor_id, facts=facts)


def _described(matrix: Matrix) -> dict[str, dict[str, str | int]]:
    return {
        "classes": {each.code: each.lead_minutes for each in matrix.classes},
        "cells": {f"{impact.value} {urgency.value}": code for (impact, urgency), code in matrix.cells.items()},
    }
