"""The application: extensions, blueprints, errors. No route."""

import os
from pathlib import Path

from flask import Blueprint, Flask
from flask_babel import Babel
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import cli, wiring
from portal.cases import console_acts as cases_console
from portal.cases import console_risk, own_case, parity_console, tracking
from portal.config import Config
from portal.connectors import console as hook_console
from portal.connectors import views as hook_views
from portal.hours.console import overview as hours_overview
from portal.hours.console import schedule as hours_schedule
from portal.incidents import feed as incident_feeds
from portal.incidents import views as incident_views
from portal.incidents.console import incidents, maintenance
from portal.incidents.console import services as services_console
from portal.jobs import health
from portal.organisation import views as organisation_views
from portal.organisation.console import channels, settings, setup
from portal.organisation.starting import refuse_demo
from portal.promises import api as promises_api
from portal.promises import console as promises_console
from portal.promises import staffing_console, surges_console
from portal.services import Services
from portal.staff import access
from portal.staff.console import account, audit, members, sign_in
from portal.status import console as calamity_console
from portal.status import programs as status_programs
from portal.status import views as status_views
from portal.web import assets, bodies, errors, jinja, numbers, parts, security, sent
from portal.web.answers import htmx
from portal.web.limits import limiter, storage_options
from portal.web.pages import language, register_public

ROOT = Path(__file__).parent.parent

PUBLIC: list[Blueprint] = [
    status_views.public,
    status_programs.public,
    tracking.public,
    own_case.public,
    incident_views.public,
    incident_feeds.public,
]
CONSOLE: list[Blueprint] = [
    cases_console.blueprint,
    console_risk.blueprint,
    parity_console.blueprint,
    incidents.blueprint,
    maintenance.blueprint,
    services_console.blueprint,
    sign_in.blueprint,
    account.blueprint,
    members.blueprint,
    audit.blueprint,
    setup.blueprint,
    channels.blueprint,
    settings.blueprint,
    promises_console.blueprint,
    staffing_console.blueprint,
    surges_console.blueprint,
    calamity_console.blueprint,
    hours_overview.blueprint,
    hours_schedule.blueprint,
    hook_console.blueprint,
]
SINGLE = [
    organisation_views.blueprint,
    health.blueprint,
    promises_api.blueprint,
    hook_views.hooks,
]  # one address whatever the language

_LARGEST_FORM = 2_000_000  # bytes

csrf = CSRFProtect()


def create_app(config: Config | None = None, services: Services | None = None) -> Flask:
    """The WSGI application. Without arguments it is configured by the environment; tests hand in services of their own."""
    if services is None:
        services = wiring.build(config or Config.from_env(os.environ))
    config = services.config
    app = Flask(__name__, static_folder=None, template_folder=str(ROOT / "templates"))
    refuse_demo(app, services)
    app.url_map.merge_slashes = False  # it would redirect to whatever host the request names
    app.url_map.strict_slashes = False  # who types a slash too many finds the page all the same
    app.extensions["portal"] = services
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="__Host-portal" if config.is_secure else "portal",
        SESSION_COOKIE_SECURE=config.is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=_LARGEST_FORM,
        WTF_CSRF_TIME_LIMIT=None,  # a form may stay open for as long as its session lasts
        BABEL_DEFAULT_LOCALE="nl",
        BABEL_TRANSLATION_DIRECTORIES=";".join(str(folder) for folder in sorted((ROOT / "translations").glob("*/"))),
        RATELIMIT_STORAGE_URI=config.limits_url,
        RATELIMIT_STORAGE_OPTIONS=storage_options(config.limits_url),
    )
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign] # as Flask documents it
    numbers.init_app(app)
    Babel(app, locale_selector=language)
    bodies.init_app(app, threads=config.threads, most_bytes=max(config.hook_max_bytes, _LARGEST_FORM))
    sent.init_app(app)
    csrf.init_app(app)
    csrf.exempt(hook_views.hooks)  # programs have no session; they sign what they send
    htmx.init_app(app)
    limiter.init_app(app)
    errors.init_app(app)
    security.init_app(app)
    jinja.init_app(app)
    parts.init_app(app)
    access.init_app(app)
    assets.init_app(app, ROOT / "static")
    register_public(app, PUBLIC)
    for blueprint in (*CONSOLE, *SINGLE):
        app.register_blueprint(blueprint)
    app.cli.add_command(cli.portal)
    return app
