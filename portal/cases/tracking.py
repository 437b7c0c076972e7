"""Finding a case: its public state by number, and the way to all of it by code or link."""

from http import HTTPStatus

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _

from portal import services
from portal.cases import claims_store, device, tracking_store
from portal.cases.claims import read_code
from portal.cases.reference import read_reference
from portal.cases.tracking_forms import LookUpForm
from portal.cases.words import because_words, reason_words
from portal.web.answers import see_other, shown
from portal.web.documents import Document, page_document, send
from portal.web.edge import now, reading
from portal.web.limits import limiter
from portal.web.origin import refuse_other_sites
from portal.web.pages import page_url

public = Blueprint("tracking", __name__)
for said in (because_words, reason_words):
    public.app_template_global()(said)


def _tried() -> str:
    """What was typed, as it is counted: by its fingerprint, because what is counted may also be logged."""
    typed = request.form.get("reference", "")
    return services.current().vault.fingerprint(f"tried:{read_code(typed) or read_reference(typed) or typed}")


_tries_of_a_visitor = limiter.shared_limit("10 per 10 minutes;60 per day", scope="track")
_tries_of_a_code = limiter.shared_limit("10 per 10 minutes", scope="track-code", key_func=_tried)
_pages_of_a_visitor = limiter.shared_limit("120 per 10 minutes", scope="track-page")
_links_of_a_visitor = limiter.shared_limit("60 per 10 minutes", scope="track-link")


@public.record
def _do_without_token(state: BlueprintSetupState) -> None:
    """The look-up form has no cookie and so no token; `refuse_other_sites` guards it."""
    state.app.extensions["csrf"].exempt(f"{__name__}.{look_up.__name__}")


@public.after_request
def keep_private(response: Response) -> Response:
    """Search engines keep none of these pages, and no other site is told their address; but for the one that all may have."""
    if response.cache_control.public:
        return response
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer" if "token" in (request.view_args or {}) else "same-origin"
    return response


@public.get("/track")
def start() -> Response:
    return send(start_page())


def start_page() -> Document:
    """Where one types a number or a code: the same for everybody."""
    return page_document("cases/track.html", form=LookUpForm(formdata=None))


@public.post("/track")
@_tries_of_a_visitor
@_tries_of_a_code
def look_up() -> Response:
    """A number leads to its public page, whether or not there is one; a code opens its case or is refused.

    Both do the same work for what exists and what does not: no query for a number, one query for a code.
    """
    refuse_other_sites()
    form = LookUpForm()
    is_filled = form.validate()
    typed = form.reference.data or ""
    reference = read_reference(typed)
    if reference is not None:
        return see_other(page_url("tracking.public_case", reference=reference))
    code = read_code(typed)
    with reading() as session:
        claim = claims_store.by_code(session, services.current().vault, code or "", now())
    if claim is None:
        if is_filled:
            form.refuse("reference", _refusal(code))
        return shown("cases/track.html", HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    return _let_in(claim.id)


@public.get("/track/<reference>")
@_pages_of_a_visitor
def public_case(reference: str) -> Response:
    """State and times of a case that was made in public; private ones look exactly like ones that do not exist."""
    with reading() as session:
        view = tracking_store.public_view(session, read_reference(reference), now())
    status = HTTPStatus.OK if view else HTTPStatus.NOT_FOUND
    return shown("cases/public_case.html", status, view=view, form=LookUpForm(formdata=None))


@public.get("/track/claim/<token>")
@_links_of_a_visitor
def follow_link(token: str) -> Response:
    """Exchanges the link for a cookie and leads to a clean address. Writes nothing, so that a scanner's visit costs nothing."""
    with reading() as session:
        claim = claims_store.by_link(session, services.current().vault, token, now())
    return _let_in(claim.id) if claim else see_other(page_url("own_case.all_mine"))


def _let_in(claim_id: int) -> Response:
    config = services.current().config
    response = see_other(page_url("own_case.all_mine"))
    device.let_in(response, config, device.device_of(request, config, now()), claim_id, now())
    return response


def _refusal(code: str | None) -> str:
    """Unknown, revoked and expired codes are refused in the same words."""
    if code is None:
        return str(_("This is not a number or code of ours. Copy it from our message to you."))
    return str(_("This code opens nothing. Check each character. A code also stops 90 days after your question was closed."))
