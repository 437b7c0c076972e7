"""Answers for those who watch the installation: a monitor, a proxy, and the staff in the console."""

from http import HTTPStatus

from flask import Blueprint, Response, json

from portal import services
from portal.jobs import readiness
from portal.jobs.rules import is_silent
from portal.jobs.store import WORKER, last_beat
from portal.web.edge import now, reading
from portal.web.limits import limiter

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@limiter.exempt
def alive() -> Response:
    """The process answers; nothing else is asked."""
    return _answer(HTTPStatus.OK, {"status": "alive"})


@blueprint.get("/readyz")
@limiter.exempt
def ready() -> Response:
    """200 when database, migrations, worker and publication are well, else 503; each named with what was found."""
    checks = readiness.checks(services.current().database, services.current().config.public_folder, now())
    is_ready = all(check.is_well for check in checks)
    named = {check.name: {"ok": check.is_well, "detail": check.detail} for check in checks}
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return _answer(status, {"status": "ready" if is_ready else "not ready", "checks": named})


@blueprint.app_template_global()
def worker_is_silent() -> bool:
    """The red light of the console: nothing was heard of the worker for too long. One query."""
    with reading() as session:
        return is_silent(last_beat(session, WORKER), now())


@blueprint.app_template_global()
def publisher_is_silent() -> bool:
    """The other half of the red light: nobody has made sure of the public pages for too long."""
    return readiness.is_unpublished(services.current().config.public_folder, now())


def _answer(status: HTTPStatus, body: object) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
