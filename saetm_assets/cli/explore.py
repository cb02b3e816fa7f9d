"""Serve the explorer."""

import secrets
from threading import Thread

import click
import uvicorn

from resources.inbox import Inbox
from resources.lake import Lake
from resources.settings import Settings, load_settings
from resources.thumbnails import Thumbnails
from saetm_assets.definitions import STAGES
from saetm_assets.explorer.app import create_app
from saetm_assets.explorer.house import House
from saetm_assets.explorer.library import Library
from saetm_assets.explorer.security import is_loopback
from saetm_assets.home import open_registry
from saetm_assets.step import stage_of


def serve_explorer(host: str, port: int) -> None:
    """Serve until Ctrl-C; elsewhere than on loopback a token is asked for."""
    settings = load_settings()
    token = None if is_loopback(host) else _token(settings)
    shown = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    click.echo(f"explorer of {settings.root}: {shown}{f'?token={token}' if token else ''}")
    house = open_house(settings)
    Thread(target=house.library.warm, daemon=True).start()
    app = create_app(house, token)
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False)


def open_house(settings: Settings) -> House:
    """Open the doors of a home folder for reading."""
    lake, registry = Lake(settings.lake_uri), open_registry(settings)
    return House(
        settings=settings,
        lake=lake,
        registry=registry,
        inbox=Inbox(settings.inbox_uri),
        thumbnails=Thumbnails(settings.root / "thumbnails"),
        library=Library(lake, registry),
        line=[stage_of(stage) for stage in STAGES],
    )


def _token(settings: Settings) -> str:
    """Return the token of the settings, or a new one."""
    given = settings.explorer_token
    return given.get_secret_value() if given else secrets.token_urlsafe(24)
