"""Topics named by a real language model behind a server, through the whole line."""

import pytest

from saetm.tables import TOPIC_SUMMARIES
from tests.line.homes import Home, theme_files
from tests.resources.inbox_folders import put
from tests.resources.openai_server import KEY, MODEL, MODEL_FOLDER, openai_server

pytestmark = pytest.mark.skipif(
    not MODEL_FOLDER.exists(), reason="the language model stories260K is not beside the repository"
)


@pytest.mark.slow
def test_topics_without_a_usable_reply_are_named_by_rules_until_they_get_one(tmp_path, monkeypatch):
    home = Home(tmp_path / "home")
    folder = put(tmp_path / "texts", theme_files(60))
    chat = f"chat=openai:{MODEL}"
    home.add("named", folder, chat, "topic_count=3", "topic_counts=[3]", "sae.epochs=20")
    monkeypatch.setenv("SAETM_API_KEY", KEY)
    with openai_server(malform="rocket") as server:
        monkeypatch.setenv("SAETM_API_URL", server.url)
        home.run("named")
        partly = home.table("topic_summaries", "named")
    with openai_server() as server:
        monkeypatch.setenv("SAETM_API_URL", server.url)
        home.run("named", TOPIC_SUMMARIES.asset)
        wholly = home.table("topic_summaries", "named")

    kinds = {producer.split("@")[0].split(":")[0] for producer in partly["producer"]}
    assert kinds == {"openai", "embedded-rules"}
    assert all(producer.startswith(f"openai:{MODEL}") for producer in wholly["producer"])
    assert home.table("replies", "named").height == wholly.height == partly.height
