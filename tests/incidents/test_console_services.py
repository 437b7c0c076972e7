"""Staff keep the tree of services."""

import pytest

from portal.incidents import queries
from portal.services import Services
from tests.incidents.console_builders import PLACE, faulty, filled
from tests.pages import PageClient

pytestmark = pytest.mark.usefixtures("company")


def test_the_tree_of_services_is_edited(staff_client: PageClient, services: Services) -> None:
    place = f"{PLACE}/services"
    staff_client.post(place, {"name_nl": "Bus", "parent_id": "0"}, token_from=place)
    staff_client.post(place, {"name_nl": "Lijn 5", "parent_id": "1", "position": "3"})
    assert faulty(staff_client.post(place, {"name_nl": "", "parent_id": "0"}, status=422)) == ["#name_nl"]
    values = filled(staff_client.get(f"{place}/1"))
    assert faulty(staff_client.post(f"{place}/1", values | {"parent_id": "2"}, status=422)) == ["#parent_id"]
    staff_client.post(f"{place}/1", values | {"name_nl": "Bussen", "parent_id": "0"})
    page = staff_client.follow(staff_client.post(f"{place}/1/remove"))
    assert "Deze dienst blijft" in page.text
    staff_client.post(f"{place}/2/remove")
    with services.database.reading() as session:
        assert [each.name.nl for each in queries.tree(session)] == ["Bussen"]
    staff_client.get(f"{place}/9", status=404)
