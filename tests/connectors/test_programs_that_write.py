"""What a mail says of itself: whether a program wrote it, and whether a program may answer it."""

import json

import pytest

from portal.connectors.reading import read_delivery
from tests.connectors.builders import a_body


@pytest.mark.parametrize(
    ("facts", "is_automatic", "takes_no_reply"),
    [
        ({}, False, False),
        ({"auto_submitted": "no"}, False, False),
        ({"auto_submitted": "auto-replied"}, True, True),
        ({"auto_submitted": "Auto-Replied; owner-email=x"}, True, True),
        ({"auto_submitted": "auto-generated"}, False, True),
        ({"precedence": "Bulk"}, False, True),
        ({"precedence": "first-class"}, False, False),
        ({"list_id": "<klanten.example.nl>"}, False, True),
        ({"automatic": True}, True, False),
    ],
)
def test_the_headers_of_a_mail_say_whether_a_program_wrote_it(
    facts: dict[str, object], *, is_automatic: bool, takes_no_reply: bool
) -> None:
    message = read_delivery(json.dumps(a_body(**facts)).encode()).message
    assert message
    assert (message.is_automatic, message.takes_no_reply) == (is_automatic, takes_no_reply)
