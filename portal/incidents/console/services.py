"""The tree of services in the console."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, url_for
from flask_babel import gettext as _

from portal.errors import Conflict, Invalid, NotFound
from portal.incidents import queries, service_store
from portal.incidents.forms import ServiceForm
from portal.incidents.tree import Node
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import see_other, shown
from portal.web.edge import now, reading, transaction

blueprint = Blueprint("services_console", __name__, url_prefix="/console/incidents/services")


@blueprint.get("")
@requires(Permission.EDIT_INCIDENTS)
def overview() -> Response:
    return _overview(ServiceForm())


@blueprint.post("")
@requires(Permission.EDIT_INCIDENTS)
def add() -> Response:
    form = ServiceForm()
    form.offer(_tree())
    if not form.validate():
        return _overview(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    with transaction() as session:
        service = service_store.add_service(
            session,
            **form.facts("name_nl", "name_en", "description_nl", "description_en"),
            parent_id=form.parent_id.data or None,
            position=form.position.data,
            now=now(),
            actor_id=current_member().id,
        )
    flash(_("%(service)s has been added.", service=service.name_nl or service.name_en))
    return see_other(url_for(".overview"))


@blueprint.get("/<int:service_id>")
@requires(Permission.EDIT_INCIDENTS)
def edit(service_id: int) -> Response:
    node = _node(service_id)
    form = ServiceForm(
        name_nl=node.name.nl,
        name_en=node.name.en,
        description_nl=node.description.nl,
        description_en=node.description.en,
        parent_id=node.parent_id or 0,
        position=node.position,
    )
    return _edit(node, form)


@blueprint.post("/<int:service_id>")
@requires(Permission.EDIT_INCIDENTS)
def save(service_id: int) -> Response:
    node, form = _node(service_id), ServiceForm()
    form.offer(_tree())
    if not form.validate():
        return _edit(node, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction() as session:
            service_store.change_service(
                session,
                service_id,
                **form.facts("name_nl", "name_en", "description_nl", "description_en"),
                parent_id=form.parent_id.data or None,
                position=node.position if form.position.data is None else form.position.data,
                now=now(),
                actor_id=current_member().id,
            )
    except Invalid as error:
        form.refuse_faults(error)
        return _edit(node, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(_("The service has been changed."))
    return see_other(url_for(".overview"))


@blueprint.post("/<int:service_id>/remove")
@requires(Permission.EDIT_INCIDENTS)
def remove(service_id: int) -> Response:
    try:
        with transaction() as session:
            service_store.remove_service(session, service_id, now=now(), actor_id=current_member().id)
    except Conflict:
        flash(_("This service stays: others hang under it, or an incident names it."), "error")
    else:
        flash(_("The service has been removed."))
    return see_other(url_for(".overview"))


def _overview(form: ServiceForm, status: HTTPStatus = HTTPStatus.OK) -> Response:
    nodes = _tree()
    form.offer(nodes)
    return shown("incidents/console/services.html", status, form=form, nodes=nodes)


def _edit(node: Node, form: ServiceForm, status: HTTPStatus = HTTPStatus.OK) -> Response:
    form.offer(_tree())
    return shown("incidents/console/service.html", status, form=form, node=node)


def _tree() -> tuple[Node, ...]:
    with reading() as session:
        return queries.tree(session)


def _node(service_id: int) -> Node:
    node = next((each for each in _tree() if each.id == service_id), None)
    if node is None:
        raise NotFound(f"There is no service with number {service_id}.")
    return node
