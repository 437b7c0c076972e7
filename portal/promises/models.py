from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Double,
    Enum,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    case,
    func,
    text,
    true,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, enum_column
from portal.promises.estimator import Basis
from portal.promises.rules import Impact, RevisionReason, SetAside, Urgency, is_judged_afterwards
from portal.web.localized import Localized


class PriorityClassRow(Model):
    __tablename__ = "priority_classes"
    __table_args__ = (
        CheckConstraint("lead_minutes > 0", name="lead_positive"),
        CheckConstraint("code <> '' AND name_nl <> '' AND name_en <> ''", name="named"),
    )

    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    name_nl: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60))
    position: Mapped[int]
    lead_minutes: Mapped[int]


class PriorityCell(Model):
    __tablename__ = "priority_matrix"

    impact: Mapped[Impact] = mapped_column(enum_column(Impact), primary_key=True)
    urgency: Mapped[Urgency] = mapped_column(enum_column(Urgency), primary_key=True)
    class_code: Mapped[str] = mapped_column(ForeignKey("priority_classes.code"))


class PriorityRule(Model):
    """`contact_id` has no foreign key: contacts belong to a feature above this one."""

    __tablename__ = "priority_rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channels.id"))
    words: Mapped[list[str]]
    contact_id: Mapped[int | None]
    impact: Mapped[Impact | None] = mapped_column(enum_column(Impact))
    urgency: Mapped[Urgency | None] = mapped_column(enum_column(Urgency))


_TO_WATCH = text("answered_at IS NULL AND notice_at IS NOT NULL")
_NEVER = text("promised_at IS NULL AND answered_at IS NULL AND notice_at IS NOT NULL")
_HEARD_MORE = text("answered_at IS NULL AND notice_at IS NOT NULL AND notices > 0")
_NO_MORE = text("promised_at IS NULL")
_TOLD = text("sequence = 0 AND promised_at >= made_at AND (set_aside <> 'spam' OR set_aside_at > promised_at)")


class Promise(Model):
    """An answer before `promised_at`, with its basis; null when the calendar allows no promise, with `hear_by` instead.

    `told_at` is when the customer was first told of a later time, which leaves the promise itself as it is. `notices` is how
    often that was, and `notice_at` when the next one is due; null when nobody has to look any more.
    `sequence` 0 is the first answer to a request and the only one in the published figures; higher numbers follow when the
    customer writes again after an answer. `received_on` and `received_hour` are local, in the zone of then. `promised_seconds`
    is the opening time from the receipt to the promised time; null for promises of before it was written down. `case_id` has
    no foreign key: cases belong to a feature above this one.

    The basis: `lead_minutes` is the company's norm for the class, `queue_minutes` and `rest_minutes` are what the desk
    estimated with `ahead` requests before this one (null when no desk was asked, as for imported history), `is_norm` whether
    the norm was announced. `left_at` is when it was known that no answer of its own will come: set aside or merged.

    `answer_known_at` is when the portal came to know of the answer, and `set_aside_at` when it was set aside, for telling what
    changed after the promised time; null where that was not written down yet, and for what did not happen.
    """

    __tablename__ = "promises"
    __table_args__ = (
        UniqueConstraint("case_id", "sequence"),
        CheckConstraint("wait_seconds >= 0", name="wait_not_negative"),
        Index("ix_promises_channel_id", "channel_id", "received_on"),
        Index("ix_promises_answered_with_id", "answered_with_id"),
        Index("ix_promises_notice_at", "notices", "notice_at", sqlite_where=_TO_WATCH, postgresql_where=_TO_WATCH),
        Index("ix_promises_without_time", "notice_at", sqlite_where=_NEVER, postgresql_where=_NEVER),
        Index("ix_promises_heard_more", "left_at", sqlite_where=_HEARD_MORE, postgresql_where=_HEARD_MORE),
        Index("ix_promises_first_told", "channel_id", "made_at", sqlite_where=_TOLD, postgresql_where=_TOLD),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int]
    sequence: Mapped[int]
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    impact: Mapped[Impact] = mapped_column(enum_column(Impact))
    urgency: Mapped[Urgency] = mapped_column(enum_column(Urgency))
    rule_id: Mapped[int | None]
    class_code: Mapped[str] = mapped_column(String(8))
    lead_minutes: Mapped[int]
    schedule_id: Mapped[int | None]
    received_at: Mapped[datetime]
    received_on: Mapped[date]
    received_hour: Mapped[int] = mapped_column(SmallInteger)
    made_at: Mapped[datetime]
    promised_at: Mapped[datetime | None]
    is_norm: Mapped[bool] = mapped_column(server_default=true())
    ahead: Mapped[int | None]
    queue_minutes: Mapped[float | None] = mapped_column(Double)
    rest_minutes: Mapped[float | None] = mapped_column(Double)
    basis: Mapped[Basis | None] = mapped_column(
        Enum(
            Basis,
            native_enum=False,
            create_constraint=False,
            length=8,
            values_callable=lambda kind: [each.value for each in kind],
        )
    )
    answered_at: Mapped[datetime | None]
    answer_known_at: Mapped[datetime | None]
    wait_seconds: Mapped[int | None]
    promised_seconds: Mapped[int | None]
    hear_by: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    notices: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    notice_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    set_aside: Mapped[SetAside] = mapped_column(enum_column(SetAside))
    set_aside_at: Mapped[datetime | None]
    answered_with_id: Mapped[int | None]
    overruled_impact: Mapped[Impact | None] = mapped_column(enum_column(Impact))
    overruled_urgency: Mapped[Urgency | None] = mapped_column(enum_column(Urgency))
    overruled_class_code: Mapped[str | None] = mapped_column(String(8))

    @hybrid_property
    def told_first(self) -> datetime | None:
        """The time that the customer was told at first; None also where it had passed when it was worked out, as for history."""
        return None if is_judged_afterwards(self.promised_at, self.made_at) else self.promised_at

    @told_first.inplace.expression
    @classmethod
    def _told_first(cls) -> ColumnElement[datetime | None]:
        return case((cls.made_at <= cls.promised_at, cls.promised_at))

    @hybrid_property
    def answering_id(self) -> int:
        """The case whose answer is awaited: its own, or the one that it became part of."""
        return self.answered_with_id or self.case_id

    @answering_id.inplace.expression
    @classmethod
    def _answering_id(cls) -> ColumnElement[int]:
        return func.coalesce(cls.answered_with_id, cls.case_id)

    @property
    def current_class_code(self) -> str:
        """The class that staff work by; the promised time stays that of `class_code`."""
        return self.overruled_class_code or self.class_code

    @property
    def current_impact(self) -> Impact:
        return self.overruled_impact or self.impact

    @property
    def current_urgency(self) -> Urgency:
        return self.overruled_urgency or self.urgency


class PromiseRevision(Model):
    """A later (or earlier) time that the customer was told. It never changes what became of the promise itself.

    Without `promised_at` the customer hears more before `hear_by`. `number` counts the notices, that is what was told of a later
    time: two at most, and the second one by a person. It is null for an earlier time than was told last, for one that is no
    later than promised, for a time that a person told at last to who had heard twice that there was none, and for what was told
    before we counted.
    """

    __tablename__ = "promise_revisions"
    __table_args__ = (
        UniqueConstraint("promise_id", "number"),
        CheckConstraint("number BETWEEN 1 AND 2", name="two_at_most"),
        CheckConstraint("number = 1 OR made_by IS NOT NULL", name="second_by_a_person"),
        CheckConstraint("(promised_at IS NULL) = (hear_by IS NOT NULL)", name="one_time"),
        Index("ix_promise_revisions_without_time", "promise_id", sqlite_where=_NO_MORE, postgresql_where=_NO_MORE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    promise_id: Mapped[int] = mapped_column(ForeignKey("promises.id"), index=True)
    number: Mapped[int | None] = mapped_column(SmallInteger)
    made_at: Mapped[datetime]
    promised_at: Mapped[datetime | None]
    hear_by: Mapped[datetime | None]
    reason: Mapped[RevisionReason] = mapped_column(enum_column(RevisionReason))
    sentence_nl: Mapped[str] = mapped_column(Text)
    sentence_en: Mapped[str] = mapped_column(Text)
    made_by: Mapped[int | None]

    @property
    def sentence(self) -> Localized:
        return Localized(self.sentence_nl, self.sentence_en)


class ReadyNotice(Model):
    """What staff chose for a promise to say if it comes to that; without `promised_at` the time is estimated then."""

    __tablename__ = "ready_notices"

    promise_id: Mapped[int] = mapped_column(ForeignKey("promises.id"), primary_key=True)
    promised_at: Mapped[datetime | None]
    reason: Mapped[RevisionReason] = mapped_column(enum_column(RevisionReason))
    sentence_nl: Mapped[str] = mapped_column(Text)
    sentence_en: Mapped[str] = mapped_column(Text)
    chosen_by: Mapped[int]
    chosen_at: Mapped[datetime]
