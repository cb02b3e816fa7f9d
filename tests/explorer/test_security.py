from urllib.parse import quote

import polars as pl
import pytest

from resources.lake import Lake
from saetm.tables import ITEMS
from saetm_assets.explorer.security import POLICY, is_loopback
from tests.explorer.asking import ask
from tests.explorer.conftest import exploring

TOKEN = "a+token/with=signs"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_there_is_no_way_to_write(explorer, method):
    assert ask(explorer, "/", method)[0] == 405


def test_every_answer_carries_the_policy(explorer):
    for path in ("/", "/static/style.css", "/nowhere", "/d/posts/report"):
        _, headers, _ = ask(explorer, path)
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
    assert "unsafe" not in POLICY


def test_the_report_may_only_draw_its_charts(explorer):
    status, headers, _ = ask(explorer, "/d/posts/report/page")
    rules = headers["content-security-policy"].split("; ")
    assert status == 200
    assert {"sandbox allow-scripts allow-downloads", "default-src 'none'"} < set(rules)
    (scripts,) = [rule.split()[1:] for rule in rules if rule.startswith("script-src")]
    assert all(source.startswith("'sha256-") for source in scripts)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:3001", "169.254.1.1", ""])
def test_a_rebound_name_is_refused(explorer, host):
    assert ask(explorer, "/", Host=host)[0] == 421


@pytest.mark.parametrize("host", ["localhost:3001", "127.0.0.1", "[::1]:3001"])
def test_names_of_this_machine_are_served(explorer, host):
    assert ask(explorer, "/", Host=host)[0] == 200


@pytest.mark.parametrize(
    ("host", "is_own"),
    [("0.0.0.0", False), ("::", False), ("192.168.1.4", False), ("127.9.9.9", True), ("x", False)],
)
def test_only_loopback_goes_without_a_token(host, is_own):
    assert is_loopback(host) == is_own


def test_elsewhere_a_token_is_asked_for(home):
    with exploring(home, TOKEN) as address:
        assert ask(address, "/")[0] == 401
        assert ask(address, "/static/style.css")[0] == 401
        assert ask(address, "/?token=wrong")[0] == 401
        assert ask(address, "/", Authorization="Bearer wrong")[0] == 401
        assert ask(address, "/", Authorization=f"Bearer {TOKEN}")[0] == 200

        status, headers, _ = ask(address, f"/d/posts/report?token={quote(TOKEN)}&k=3")
        assert (status, headers["location"]) == (303, "/d/posts/report?k=3")
        cookie = headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert TOKEN not in cookie
        assert ask(address, "/", Cookie=cookie.partition(";")[0])[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/d/tiles/thumbnail/..%2f..%2fmetadata.jsonl",
        "/d/tiles/image/0.png",
        "/d/tiles/image/metadata.jsonl",
        "/d/posts/image/posts.jsonl",
        "/d/..%2f..%2fetc/image/passwd",
        "/d/nothing/thumbnail/00",
        "/static/../house.py",
        "/static/%2e%2e/house.py",
        "/static/..%2fhouse.py",
    ],
)
def test_pictures_are_served_by_item_id_alone(explorer, path):
    assert ask(explorer, path)[0] == 404


def test_a_text_is_no_picture(home, explorer):
    text = Lake(str(home / "lake")).scan(ITEMS, "posts").select("item_id").head(1).collect().item()
    assert ask(explorer, f"/d/posts/image/{text}")[0] == 404


def test_pictures_are_pixels_only_and_may_be_kept(home, explorer):
    images = Lake(str(home / "lake")).scan(ITEMS, "tiles").select(pl.col("item_id").min())
    item_id = images.collect().item()
    for kind in ("thumbnail", "image"):
        status, headers, body = ask(explorer, f"/d/tiles/{kind}/{item_id}")
        assert (status, headers["content-type"]) == (200, "image/jpeg")
        assert body.startswith(b"\xff\xd8")
        assert "immutable" in headers["cache-control"]
