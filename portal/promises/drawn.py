"""A promise that is being made, before it is a row: the same facts under the same names, light enough to make thousands."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.promises.estimator import Basis
from portal.promises.rules import Impact, SetAside, Urgency


@dataclass(slots=True, eq=False)
class Drawn:
    case_id: int
    sequence: int
    channel_id: int
    impact: Impact
    urgency: Urgency
    rule_id: int | None
    received_at: datetime
    made_at: datetime
    id: int
    class_code: str = ""
    lead_minutes: int = 0
    schedule_id: int | None = None
    received_on: date = date.min
    received_hour: int = 0
    promised_at: datetime | None = None
    is_norm: bool = False
    ahead: int | None = None
    queue_minutes: float | None = None
    rest_minutes: float | None = None
    basis: Basis | None = None
    left_at: datetime | None = None
    answered_at: datetime | None = None
    answer_known_at: datetime | None = None
    wait_seconds: int | None = None
    promised_seconds: int | None = None
    hear_by: datetime | None = None
    told_at: datetime | None = None
    notices: int = 0
    notice_at: datetime | None = None
    set_aside: SetAside = SetAside.NONE
    set_aside_at: datetime | None = None
    answered_with_id: int | None = None
    overruled_impact: Impact | None = None
    overruled_urgency: Urgency | None = None
    overruled_class_code: str | None = None

    @property
    def current_class_code(self) -> str:
        return self.class_code

    @property
    def current_impact(self) -> Impact:
        return self.impact

    @property
    def current_urgency(self) -> Urgency:
        return self.urgency
