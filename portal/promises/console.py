"""The priority matrix, the rules that propose impact and urgency, and a place to try them."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _

from portal.errors import Invalid
from portal.organisation.models import Channel
from portal.organisation.store import channels, the_organisation
from portal.promises import priorities, settings, store
from portal.promises.forms import CELLS, LEVELS, MatrixForm, RuleForm, SettingsForm, TryForm
from portal.promises.rules import cell_field
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import see_other, shown, wants_part
from portal.web.edge import now, reading, transaction
from portal.web.order import step_in

blueprint = Blueprint("promises_console", __name__, url_prefix="/console/promises")


@blueprint.get("")
@requires(Permission.EDIT_PROMISES)
def page() -> Response:
    return _page()


@blueprint.post("/matrix")
@requires(Permission.EDIT_PROMISES)
def save_matrix() -> Response:
    form = MatrixForm()
    if not form.validate():
        return _page(HTTPStatus.UNPROCESSABLE_ENTITY, matrix_form=form)
    try:
        with transaction() as session:
            priorities.save_matrix(session, form.priority_classes(), form.cells(), now=now(), actor_id=current_member().id)
    except Invalid as error:
        form.show_faults(error)
        return _page(HTTPStatus.UNPROCESSABLE_ENTITY, matrix_form=form)
    flash(_("Saved. New questions get their promise by this matrix; promises made before stay as they are."))
    return see_other(url_for(".page"))


@blueprint.post("/settings")
@requires(Permission.EDIT_PROMISES)
def save_settings() -> Response:
    form = SettingsForm()
    if not form.validate():
        return _page(HTTPStatus.UNPROCESSABLE_ENTITY, settings_form=form)
    with transaction() as session:
        settings.save_settings(
            session,
            announces_norm=form.announces_norm.data,
            shows_queue=form.shows_queue.data,
            now=now(),
            actor_id=current_member().id,
        )
    flash(_("Saved. Your pages say it from now on; promises made before stay as they are."))
    return see_other(url_for(".page"))


@blueprint.post("/rules")
@requires(Permission.EDIT_PROMISES)
def add_rule() -> Response:
    form = RuleForm()
    with reading() as session:
        form.offer(channels(session), any_channel=True)
    if not form.validate():
        return _page(HTTPStatus.UNPROCESSABLE_ENTITY, rule_form=form)
    try:
        with transaction() as session:
            priorities.add_rule(session, **form.values(), now=now(), actor_id=current_member().id)
    except Invalid as error:
        for fault in error.faults:
            form.refuse(fault.field, _("Expected here: %(what)s.", what=_(fault.expected)))
        return _page(HTTPStatus.UNPROCESSABLE_ENTITY, rule_form=form)
    flash(_("The rule has been added, as the last one to be tried."))
    return see_other(url_for(".page", _anchor="rules"))


@blueprint.post("/rules/<int:rule_id>/move")
@requires(Permission.EDIT_PROMISES)
def move_rule(rule_id: int) -> Response:
    step = step_in(request.form.get("direction", ""))
    with transaction() as session:
        priorities.move_rule(session, rule_id, step, now=now(), actor_id=current_member().id)
    return _changed_rules()


@blueprint.post("/rules/<int:rule_id>/remove")
@requires(Permission.EDIT_PROMISES)
def remove_rule(rule_id: int) -> Response:
    with transaction() as session:
        priorities.remove_rule(session, rule_id, now=now(), actor_id=current_member().id)
    return _changed_rules()


@blueprint.post("/try")
@requires(Permission.EDIT_PROMISES)
def try_rules() -> Response:
    """Changes nothing, and is sent by POST so that the message stays out of addresses and logs."""
    form = TryForm(prefix="try")
    with reading() as session:
        form.offer(channels(session), any_channel=False)
        if not form.validate():
            return _page(HTTPStatus.UNPROCESSABLE_ENTITY, try_form=form)
        preview = store.preview(session, form.channel_id.data, None, form.text.data, now())
        rules = priorities.rules_of(session)
    place = next((number for number, rule in enumerate(rules, 1) if rule.id == preview.proposal.rule_id), None)
    if wants_part():
        return shown("promises/_tried.html", preview=preview, place=place, LEVELS=LEVELS)
    return _page(try_form=form, preview=preview, place=place)


def _changed_rules() -> Response:
    if not wants_part():
        return see_other(url_for(".page", _anchor="rules"))
    with reading() as session:
        return shown(
            "promises/_rules.html", rules=priorities.rules_of(session), channels=_names(channels(session)), LEVELS=LEVELS
        )


def _page(
    status: HTTPStatus = HTTPStatus.OK,
    *,
    matrix_form: MatrixForm | None = None,
    rule_form: RuleForm | None = None,
    try_form: TryForm | None = None,
    settings_form: SettingsForm | None = None,
    **values: Any,
) -> Response:
    with reading() as session:
        known, matrix, rules = channels(session), priorities.matrix_of(session), priorities.rules_of(session)
        organisation = the_organisation(session)
    rule_form = rule_form or RuleForm(formdata=None)
    rule_form.offer(known, any_channel=True)
    try_form = try_form or TryForm(formdata=None, prefix="try")
    try_form.offer(known, any_channel=False)
    return shown(
        "promises/console.html",
        status,
        matrix_form=matrix_form or MatrixForm.showing(matrix),
        rule_form=rule_form,
        try_form=try_form,
        settings_form=settings_form or SettingsForm(formdata=None, obj=organisation),
        rules=rules,
        channels=_names(known),
        cells={cell: cell_field(*cell) for cell in CELLS},
        LEVELS=LEVELS,
        **values,
    )


def _names(known: Iterable[Channel]) -> dict[int, str]:
    return {channel.id: channel.name for channel in known}
