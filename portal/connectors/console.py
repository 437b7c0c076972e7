"""A channel's webhook: its secrets, what came in, and how to send something."""

from flask import Blueprint, Response, flash, url_for
from flask import session as cookie
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal import services
from portal.connectors import store
from portal.connectors.rules import HookOutcome
from portal.errors import Conflict
from portal.organisation.store import channel_by_slug
from portal.staff.access import current_member, requires
from portal.staff.rules import Permission
from portal.web.answers import see_other, shown
from portal.web.edge import now, reading, transaction
from portal.web.pages import public_address

blueprint = Blueprint("webhook_console", __name__, url_prefix="/console/channels/<slug>/webhook")

OUTCOMES = {
    HookOutcome.TAKEN: _l("Taken"),
    HookOutcome.ALREADY_THERE: _l("There already"),
    HookOutcome.IGNORED: _l("Not a question"),
    HookOutcome.BAD_SIGNATURE: _l("Wrong signature"),
    HookOutcome.STALE: _l("Too old"),
    HookOutcome.MALFORMED: _l("Not understood"),
    HookOutcome.TOO_LARGE: _l("Too large"),
    HookOutcome.WRONG_TYPE: _l("Not JSON"),
    HookOutcome.UNKNOWN_CHANNEL: _l("Unknown channel"),
}
_MADE = "webhook_secret_made"  # in the session of who made it: which secret may be shown, once; not the secret itself


@blueprint.get("")
@requires(Permission.EDIT_CHANNELS)
def webhook(slug: str) -> Response:
    made_id = cookie.pop(_MADE, None)
    with reading() as session:
        channel = channel_by_slug(session, slug)
        in_use = store.secrets_in_use(session, channel.id)
        secret = next((services.current().vault.decrypt(each.sealed) for each in in_use if each.id == made_id), None)
        return shown(
            "connectors/webhook.html",
            channel=channel,
            address=public_address(url_for("hooks.take", channel=slug)),
            secrets=in_use,
            most_secrets=store.MOST_SECRETS,
            secret=secret,
            state=store.webhook_state(session, channel.id, now()),
            nowhere=store.counts_of(session, store.NO_CHANNEL, now()),
            outcomes=OUTCOMES,
        )


@blueprint.post("/secrets")
@requires(Permission.EDIT_CHANNELS)
def add(slug: str) -> Response:
    try:
        with transaction() as session:
            channel = channel_by_slug(session, slug)
            store.add_secret(session, services.current().vault, channel.id, now=now(), actor_id=current_member().id)
            cookie[_MADE] = store.secrets_in_use(session, channel.id)[-1].id
    except Conflict:
        flash(_("This channel has enough secrets. Retire one first."), "error")
    return _back(slug)


@blueprint.post("/secrets/<int:secret_id>/retire")
@requires(Permission.EDIT_CHANNELS)
def retire(slug: str, secret_id: int) -> Response:
    with transaction() as session:
        channel = channel_by_slug(session, slug)
        store.retire_secret(session, channel.id, secret_id, now=now(), actor_id=current_member().id)
    flash(_("The secret opens nothing any more."))
    return _back(slug)


def _back(slug: str) -> Response:
    return see_other(url_for(".webhook", slug=slug))
