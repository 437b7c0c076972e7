"""Response times for programs. One address whatever the language."""

from typing import Any

from flask import Blueprint, Response, json, request

from portal.organisation.store import channel_by_slug, zone_of
from portal.promises import display
from portal.promises.announced import AnnouncedNow
from portal.promises.desks import announced_now
from portal.promises.figures import Group, ResponseFigures, period_between
from portal.promises.statistics import COARSE, FINE, MINIMUM_COUNT, Quantile
from portal.web.documents import Document, send
from portal.web.edge import now, reading

blueprint = Blueprint("promises", __name__)
for _name, _filter in display.FILTERS.items():
    blueprint.add_app_template_filter(_filter, _name)


@blueprint.get("/channels/<slug>/response-times.json")
def response_times(slug: str) -> Response:
    with reading() as session:
        channel = channel_by_slug(session, slug, only_public=True)
        zone = zone_of(session)
        period = period_between(request.args.get("from", ""), request.args.get("to", ""), now().astimezone(zone).date())
        shown = display.shown(session, channel.id, period, now())
        announced = None if channel.kind.is_answered_at_once else announced_now(session, now(), [channel.id])[channel.id]
    return send(document(channel.slug, channel.name, shown, zone.key, announced))


def document(slug: str, name: str, shown: display.Shown, zone: str, announced: AnnouncedNow | None) -> Document:
    """The response times of a channel for programs; `zone` is the name of the one in which days are counted.

    `announced` is what who writes now is told; None where people are answered at once.
    """
    sent_now = _announced(announced) if announced else None
    facts: dict[str, Any] = {"channel": {"slug": slug, "name": name}, "sent_now": sent_now, **_facts(shown.figures, zone)}
    facts["by_day"] = [{"from": str(each.first), "to": str(each.last), **_spread(each)} for each in shown.days.groups]
    facts["by_hour"] = [{"from": each.first, "to": each.last, **_spread(each)} for each in shown.hours.groups]
    body = json.dumps(facts, ensure_ascii=False, indent=1).encode()
    return Document(body, "application/json; charset=utf-8", max_age_seconds=60, is_open=True)


def _facts(figures: ResponseFigures, zone: str) -> dict[str, Any]:
    spread, tally, share = figures.spread, figures.tally, figures.share_in_time
    return {
        "period": {
            "from": str(figures.period.since),
            "to": str(figures.period.until),
            "by": "local day of receipt",
            "time_zone": zone,
        },
        "measured_since": str(figures.measured_since) if figures.measured_since else None,
        "unit": "seconds of opening time until the first answer by a person",
        "minimum_number": MINIMUM_COUNT,
        "relative_error": round(FINE.error, 4),
        "relative_error_by_hour": round(COARSE.error, 4),
        "number": spread.number,
        "answered": spread.number - spread.waiting,
        "waiting": spread.waiting,
        "waiting_counts_as": "its opening time so far, rounded down",
        "median": _quantile(spread.median),
        "p90": _quantile(spread.p90),
        "promises": {
            "kept": tally.kept,
            "broken": figures.broken,
            "broken_told_beforehand": figures.told,
            "not_yet_due": figures.waiting.not_yet_due,
            "none_possible": tally.unpromised,
            "judged_afterwards": tally.afterwards,
            "share_kept": round(float(share), 4) if share is not None else None,
        },
        "set_aside": tally.set_aside,
        "not_measurable": tally.unmeasured,
    }


def _announced(told: AnnouncedNow) -> dict[str, Any]:
    """The basis of a time is part of it; how many wait is told only where the company agrees."""
    facts = {
        "answer_before": told.promised_at.isoformat() if told.promised_at else None,
        "hear_before": told.hear_by.isoformat() if told.hear_by else None,
        "is_norm": told.is_norm,
        "basis": None if told.is_norm else told.basis.value,
        "measured_days": None if told.is_norm else told.days,
    }
    return {**facts, "ahead": told.ahead} if told.is_queue_shown else facts


def _spread(group: Group) -> dict[str, Any]:
    spread = group.spread
    return {
        "number": spread.number,
        "waiting": spread.waiting,
        "median": _quantile(spread.median),
        "p90": _quantile(spread.p90),
    }


def _quantile(found: Quantile | None) -> dict[str, Any] | None:
    return None if found is None else {"seconds": round(found.seconds), "at_least": found.is_at_least}
