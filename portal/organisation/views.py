from flask import Blueprint, Response, g, request

from portal.organisation import store
from portal.organisation.models import Organisation
from portal.organisation.theme import style_sheet
from portal.web.documents import Document, send
from portal.web.edge import reading

blueprint = Blueprint("organisation", __name__)

_WITHOUT_COMPANY = ("/static/", "/hooks/", "/healthz", "/readyz", "/theme.css")


@blueprint.before_app_request
def load() -> None:
    """Every page bears the company's name and tells time in its zone: one query, for pages only."""
    if request.path.startswith(_WITHOUT_COMPANY):
        return
    with reading() as session:
        g.organisation = store.the_organisation(session)


@blueprint.get("/theme.css")
def theme() -> Response:
    with reading() as session:
        organisation = store.the_organisation(session)
    return send(theme_document(organisation))


def theme_document(organisation: Organisation | None) -> Document:
    """The company's colours; the portal's own before the set-up."""
    accent = organisation.accent if organisation else store.DEFAULT_ACCENT
    return Document(style_sheet(accent).encode(), "text/css; charset=utf-8", max_age_seconds=60)
