"""What may be answered too late in the next hours, and what its customers hear: chosen for one or for hundreds at once."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import ngettext

from portal.cases import noticing
from portal.cases.at_risk import HOURS, PORTION, USUAL_HOURS, at_risk
from portal.cases.console_forms import NoticeForm
from portal.promises.notices import MOST_NOTICES
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import see_other, shown
from portal.web.edge import now, reading, transaction
from portal.web.jinja import zone
from portal.web.numbers import number_in

blueprint = Blueprint("risk_console", __name__, url_prefix="/console/at-risk")

_MOST_CHOSEN = PORTION * (MOST_NOTICES + 1)  # those not told twice, and those who were told no time
_ALL = "all"


@blueprint.get("")
@requires(Permission.SEE_CASES)
def page() -> Response:
    return _page(NoticeForm(formdata=None))


@blueprint.post("")
@requires(Permission.ANSWER_CASES)
def choose() -> Response:
    """For the questions that were ticked, and for all those of a channel that were on the page where that was ticked."""
    form, case_ids = NoticeForm(), _chosen_ids()
    choice = form.chosen(zone(), now(), current_member().id)
    if choice is None or not case_ids:
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY, is_none_chosen=not case_ids)
    act = noticing.keep_ready if form.is_kept_ready else noticing.tell_chosen
    with transaction() as session:
        number = act(session, case_ids, choice, now())
        told_before = noticing.told_before(session, case_ids) if form.is_kept_ready else 0
    if number:
        flash(_told(number, is_kept_ready=form.is_kept_ready))
    if told_before:
        flash(_to_be_sent(told_before))
    if others := len(case_ids) - number - told_before:
        flash(_passed_over(others))
    return see_other(url_for(".page", hours=_hours()))


def _page(form: NoticeForm, status: HTTPStatus = HTTPStatus.OK, *, is_none_chosen: bool = False) -> Response:
    with reading() as session:
        risks = at_risk(session, now(), _hours())
    spans = [(hours, url_for(".page", hours=hours), hours == _hours()) for hours in HOURS]
    return shown(
        "cases/console_risk.html",
        status,
        risks=risks,
        form=form,
        is_more_open=any((form.sentence_nl.data, form.sentence_en.data, form.until.raw_data, form.until.errors)),
        chosen=_chosen_ids(),
        chosen_channels=_chosen_channels(),
        is_none_chosen=is_none_chosen,
        spans=spans,
        hours=_hours(),
        may_act=current_member().may(Permission.ANSWER_CASES),
    )


def _hours() -> int:
    found = number_in(request.args.get("hours"))
    return found if found in HOURS else USUAL_HOURS


def _chosen_channels() -> set[int]:
    return {number for each in request.form.getlist(_ALL) if (number := number_in(each)) is not None}


def _chosen_ids() -> set[int]:
    """At most as many as a page shows."""
    chosen = list(request.form.getlist("case"))
    for channel_id in _chosen_channels():
        chosen += request.form.get(f"of-{channel_id}", "").split()
    return {number for each in chosen[:_MOST_CHOSEN] if (number := number_in(each)) is not None}


def _told(number: int, *, is_kept_ready: bool) -> str:
    if is_kept_ready:
        said = ngettext(
            "This is ready for %(num)s customer. It goes out half an hour before the promised time.",
            "This is ready for %(num)s customers. It goes out half an hour before the promised time.",
            number,
        )
    else:
        said = ngettext(
            "%(num)s customer sees the new time and the reason.", "%(num)s customers see the new time and the reason.", number
        )
    return str(said)


def _to_be_sent(number: int) -> str:
    return str(
        ngettext(
            "%(num)s question was passed over: its customer heard before that it will be later. "
            "A second time you send yourself: choose Tell them now.",
            "%(num)s questions were passed over: their customers heard before that it will be later. "
            "A second time you send yourself: choose Tell them now.",
            number,
        )
    )


def _passed_over(number: int) -> str:
    return str(
        ngettext(
            "%(num)s question was passed over: answered meanwhile, or its customer knows of this time or a later one.",
            "%(num)s questions were passed over: answered meanwhile, or their customers know of this time or a later one.",
            number,
        )
    )
