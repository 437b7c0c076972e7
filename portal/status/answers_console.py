"""What a company copies to show on its own contact page when an answer comes, with how that looks now."""

from flask import Blueprint, Response

from portal.errors import NotFound
from portal.organisation.store import channel_by_slug
from portal.staff.access import requires
from portal.staff.rules import Permission
from portal.status.answers import SCRIPT
from portal.status.snippets import snippets_of
from portal.web import policy
from portal.web.answers import shown
from portal.web.edge import reading
from portal.web.pages import LANGUAGES, public_address

blueprint = Blueprint("answers_console", __name__, url_prefix="/console/channels")


@blueprint.get("/<slug>/answer")
@requires(Permission.EDIT_CHANNELS)
def page(slug: str) -> Response:
    """The three ways, in both languages. The one page of the console that shows another one in a frame."""
    with reading() as session:
        channel = channel_by_slug(session, slug)
    if not channel.is_public:
        raise NotFound(f"Customers do not see the channel {slug!r}.")
    found = {each: snippets_of(public_address(""), channel.slug, channel.name, each, SCRIPT) for each in LANGUAGES}
    answer = shown("status/answer_console.html", channel=channel, snippets=found, script=SCRIPT)
    answer.headers["Content-Security-Policy"] = policy.content_policy(frame_src="'self'")
    return answer
