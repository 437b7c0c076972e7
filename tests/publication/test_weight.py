import subprocess
import sys

from tests.running import ROOT

_HEAVY = ("flask", "flask_babel", "babel", "jinja2", "sqlalchemy")


def test_the_front_loads_neither_flask_nor_babel_nor_a_database() -> None:
    """So a set on the shelf is served long before the application is there."""
    asked = f"import sys, portal.serving.front; print([name for name in {_HEAVY} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
