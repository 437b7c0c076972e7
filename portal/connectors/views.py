"""POST /hooks/<channel> in the web server itself, for who has no proxy that leads it to the door's own process."""

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import RequestEntityTooLarge

from portal import services
from portal.connectors.door import Door, Knock
from portal.connectors.rules import asks_to_wait
from portal.web.limits import limiter

hooks = Blueprint("hooks", __name__)


@hooks.record
def _make_door(state: BlueprintSetupState) -> None:
    state.app.extensions["portal_door"] = Door(state.app.extensions["portal"])


@hooks.post("/hooks/<channel>")
@limiter.exempt
def take(channel: str) -> Response:
    door: Door = current_app.extensions["portal_door"]
    sent = request.headers
    answer = door.take(
        Knock(
            slug=channel,
            content_type=request.content_type or "",
            webhook_id=sent.get("webhook-id", ""),
            timestamp=sent.get("webhook-timestamp", ""),
            signatures=sent.get("webhook-signature", ""),
            body=_body(),
            waits=asks_to_wait(sent.get("prefer", "")),
        )
    )
    return Response(answer.body, answer.status, answer.headers, content_type=answer.content_type)


def _body() -> bytes | None:
    """The raw body; None when it is too large, which is known before it is read or as soon as it is too much."""
    request.max_content_length = services.current().config.hook_max_bytes
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        return None
