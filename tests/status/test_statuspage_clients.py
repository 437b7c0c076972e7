"""Programs that other people made for Statuspage read us as they are: an exporter of metrics, and a client for JavaScript."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from portal.clock import FixedClock
from portal.incidents import service_store, store
from portal.incidents.rules import Severity, State
from portal.organisation.store import save_organisation
from portal.services import Services
from portal.status.last_known import last_known
from portal.web.formats import DEFAULT_ZONE

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = Path(sys.executable).parent
SCRIPT = """
const { Statuspage } = require('statuspage.io');
const client = new Statuspage('any');
client.setApiUrl(process.argv[1]);
const { api } = client;
(async () => console.log(JSON.stringify({
  status: await api.getStatus(),
  summary: await api.getSummary(),
  components: await api.getComponents(),
  incidents: await api.incidents.getAll(),
  unresolved: await api.incidents.getUnresolved(),
  upcoming: await api.scheduledMaintenances.getUpcoming(),
})))();
"""


@pytest.fixture
def trouble(services: Services, clock: FixedClock) -> None:
    """A calamity on the trams, planned work on the map, and one thing that is over."""
    with services.database.transaction() as session:
        save_organisation(session, name="Veer Zuid", now=clock.now(), actor_id=None)
        trams = service_store.add_service(session, name_nl="Trams", now=clock.now(), actor_id=None)
        card = service_store.add_service(session, name_nl="Kaart", now=clock.now(), actor_id=None)
        facts: dict[str, Any] = {"now": clock.now(), "actor_id": 7}
        store.publish_incident(
            session,
            title_nl="Geen trams",
            body_nl="Wij **zoeken**.",
            severity=Severity.CRITICAL,
            is_calamity=True,
            service_ids=[trams.id],
            **facts,
        )
        over = store.publish_incident(session, title_nl="Trage app", body_nl="Wij zoeken.", **facts)
        store.add_update(session, over.id, state=State.RESOLVED, body_nl="Klaar.", **facts)
        start = clock.now() + timedelta(days=1)
        store.plan_maintenance(
            session,
            title_nl="Nieuwe kaart",
            body_nl="De kaart is even dicht.",
            window_start=start,
            window_end=start + timedelta(hours=2),
            service_ids=[card.id],
            **facts,
        )


@contextmanager
def listening(app: "WSGIApplication") -> Iterator[str]:
    """The address on this machine where the application answers."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with listening(app) as found:
        yield found


def metrics(address: str, folder: Path) -> dict[str, float]:
    """What the exporter makes of the portal in one round, by metric with its labels."""
    (folder / "services.json").write_text(json.dumps({"veer": {"name": "Veer", "url": f"{address}/api/v2/summary.json"}}))
    textfile = folder / "metrics.prom"
    environ = {
        "PATH": os.environ["PATH"],
        "RUN_MODE": "once",
        "SERVICES_JSON_PATH": str(folder / "services.json"),
        "METRICS_TEXTFILE_PATH": str(textfile),
    }
    subprocess.run([PROGRAMS / "statuspage-prometheus-exporter"], cwd=folder, env=environ, check=True, timeout=60)
    return {name: float(value) for name, value in re.findall(r"^(statuspage_.*) (\S+)$", textfile.read_text(), re.MULTILINE)}


def read_by_javascript(address: str) -> dict[str, Any]:
    node = shutil.which("node", path=f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")
    assert node, "Node is missing; script/setup --dev installs it"
    environ = {"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1"}
    done = subprocess.run([node, "-e", SCRIPT, address], cwd=ROOT, env=environ, check=True, timeout=60, capture_output=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.usefixtures("trouble")
def test_the_prometheus_exporter_measures_us(address: str, tmp_path: Path) -> None:
    found = metrics(address, tmp_path)
    assert found['statuspage_probe_check{service_name="Veer"}'] == 1
    assert found['statuspage_service_status{service_name="Veer"}'] == 0
    assert found['statuspage_component_status{component_name="Trams",service_name="Veer"}'] == 0
    assert found['statuspage_component_status{component_name="Kaart",service_name="Veer"}'] == 1
    (incident,) = [name for name in found if name.startswith("statuspage_incident_info")]
    assert 'affected_components="Trams"' in incident
    assert 'impact="critical"' in incident
    assert 'incident_name="Geen trams"' in incident
    assert 'shortlink="http://portal.test/incidents/2026-03-10-geen-trams"' in incident
    (planned,) = [name for name in found if name.startswith("statuspage_maintenance_info")]
    assert 'maintenance_name="Nieuwe kaart"' in planned
    assert 'scheduled_start="2026-03-11' in planned


def test_the_prometheus_exporter_finds_all_well_where_nothing_is_wrong(
    address: str, services: Services, clock: FixedClock, tmp_path: Path
) -> None:
    with services.database.transaction() as session:
        save_organisation(session, name="Veer Zuid", now=clock.now(), actor_id=None)
        service_store.add_service(session, name_nl="Trams", now=clock.now(), actor_id=None)
    found = metrics(address, tmp_path)
    assert found['statuspage_service_status{service_name="Veer"}'] == 1
    assert found['statuspage_component_status{component_name="Trams",service_name="Veer"}'] == 1


def test_the_prometheus_exporter_takes_what_is_stale_for_trouble(
    app: Flask, services: Services, clock: FixedClock, tmp_path: Path
) -> None:
    with services.database.transaction() as session:
        save_organisation(session, name="Veer Zuid", now=clock.now(), actor_id=None)
    well = app.test_client().get("/api/v2/summary.json").data
    answer = Response(last_known(well, clock.now(), DEFAULT_ZONE, "nl"), content_type="application/json")
    with listening(answer) as found:
        assert metrics(found, tmp_path)['statuspage_service_status{service_name="Veer"}'] == 0


@pytest.mark.usefixtures("trouble")
@pytest.mark.parametrize("root", ["", "/en"])
def test_the_client_for_javascript_reads_us(address: str, root: str) -> None:
    found = read_by_javascript(address + root)
    assert found["status"]["status"] == {
        "indicator": "critical",
        "description": "Serious trouble" if root else "Ernstige hinder",
    }
    assert found["summary"]["status"] == found["status"]["status"]
    assert [each["name"] for each in found["components"]["components"]] == ["Trams", "Kaart"]
    assert [each["name"] for each in found["incidents"]["incidents"]] == ["Trage app", "Geen trams"]
    (open_now,) = found["unresolved"]["incidents"]
    assert open_now["incident_updates"][0]["body"] == "Wij zoeken."
    (upcoming,) = found["upcoming"]["scheduled_maintenances"]
    assert upcoming["scheduled_for"] == "2026-03-11T13:00:00.000Z"
    assert upcoming["components"][0]["name"] == "Kaart"
