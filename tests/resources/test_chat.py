import time
import traceback
from itertools import islice

import pytest
from pydantic import SecretStr

from resources.chat import EmbeddedChat, OpenAIChat, open_chat
from resources.model_server import ModelServer
from resources.serving import Serving
from saetm.errors import InputError, ReplyError
from saetm.prompts.questions import Question, question_id
from saetm.prompts.summaries import TopicBrief, build_summary_question, parse_summary
from tests.resources.openai_server import KEY, MODEL, MODEL_FOLDER, openai_server

AT = Serving(base_url="http://h/v1")

needs_model = pytest.mark.skipif(
    not MODEL_FOLDER.exists(), reason="the language model stories260K is not beside the repository"
)


def summary_question(*words):
    pairs = tuple((word, 0.1) for word in words)
    brief = TopicBrief("t1", pairs, specific_words=words, captions=(f"A picture of {words[0]}.",))
    return build_summary_question(brief)


def questions(*first_words):
    return [summary_question(word, "team", "playoff") for word in first_words]


def openai_chat(server, **options):
    settings = {"retries": 2, "timeout_seconds": 60, "concurrency": 4, **options}
    return OpenAIChat(
        ModelServer(base_url=server.url, model=MODEL, api_key=SecretStr(KEY), **settings)
    )


@pytest.fixture(params=["embedded", pytest.param("openai", marks=needs_model)])
def chat(request):
    if request.param == "embedded":
        yield EmbeddedChat(lambda _: None)
    else:
        with openai_server() as server:
            yield openai_chat(server)


def taken_until_error(answers):
    taken = []
    try:
        for answer in answers:
            taken.append(answer)  # noqa: PERF402 (what came before the error is kept)
    except (ReplyError, InputError) as error:
        return taken, error
    return taken, None


class TestEveryChat:
    def test_answers_every_question_once_in_the_asked_form(self, chat):
        asked = questions("hockey", "river", "temple", "horse", "market", "bridge")

        answers = list(chat.answer(asked))

        assert sorted(q.prompt for q, _ in answers) == sorted(q.prompt for q in asked)
        assert all(parse_summary(reply).label for _, reply in answers)

    def test_answers_the_same_on_a_second_asking(self, chat):
        asked = questions("hockey", "river")

        first, second = ({q.prompt: reply for q, reply in chat.answer(asked)} for _ in range(2))

        assert first == second

    def test_answers_nothing_when_nothing_is_asked(self, chat):
        assert list(chat.answer([])) == []

    def test_yields_before_all_is_answered(self, chat):
        answers = chat.answer(questions("hockey", "river", "temple"))

        question, reply = next(answers)
        answers.close()

        assert parse_summary(reply)
        assert question_id(question, chat.producer)


class TestEmbeddedChat:
    def test_names_the_topic_by_its_specific_words(self):
        chat = EmbeddedChat(lambda words: "abstract" if words[0] == "hockey" else None)

        [(_, reply)] = chat.answer(questions("hockey"))

        assert parse_summary(reply).label == "Hockey, Team, Playoff"
        assert parse_summary(reply).category == "abstract"

    def test_a_topic_of_unknown_category_is_concrete(self):
        [(_, reply)] = EmbeddedChat(lambda _: None).answer(questions("hockey"))

        assert parse_summary(reply).category == "concrete"

    def test_producer_says_that_no_language_model_was_used(self):
        producer = EmbeddedChat(lambda _: None, categories="wordnet").producer

        assert producer.startswith("embedded-rules@1 (no language model; categories from wordnet")

    def test_refuses_other_questions_after_answering_the_summaries(self):
        other = Question(prompt="Rate these words.", schema={}, facts={}, parse=str)
        hockey, river = questions("hockey", "river")

        answers, error = taken_until_error(
            EmbeddedChat(lambda _: None).answer([hockey, other, river])
        )

        assert [question for question, _ in answers] == [hockey, river]
        assert isinstance(error, ReplyError)
        assert str(error).startswith(
            "1 of 3 questions got no usable reply; the first: the embedded"
        )


@needs_model
class TestOpenAIChat:
    def test_asks_several_at_once_and_never_more_than_allowed(self):
        with openai_server() as server:
            list(openai_chat(server, concurrency=3).answer(questions(*"abcdefghijkl")))

        assert 2 <= server.busiest <= 3

    def test_asks_again_when_the_server_stumbles(self):
        with openai_server(first_fail=2) as server:
            answers = list(openai_chat(server, concurrency=1).answer(questions("hockey")))

        assert len(answers) == 1
        assert len(server.asked) == 3

    @pytest.mark.parametrize(
        ("fault", "reason"),
        [
            ("malform", "is not JSON"),
            ("misfit", "must have the fields category, description, label"),
            ("mislabel", "label is empty"),
            ("garble", "broken answer"),
            ("refuse", "refused the request"),
            ("fail", "status 500"),
        ],
    )
    def test_a_failed_question_does_not_lose_the_others(self, fault, reason):
        with openai_server(**{fault: "rotten"}) as server:
            chat = openai_chat(server, retries=0)
            answers, error = taken_until_error(chat.answer(questions("rotten", "river", "temple")))

        assert {q.facts["topic"]["words"][0][0] for q, _ in answers} == {"river", "temple"}
        assert isinstance(error, ReplyError)
        assert str(error).startswith("1 of 3 questions got no usable reply; the first: ")
        assert reason in str(error)

    def test_an_answer_that_never_comes_is_given_up(self):
        with openai_server(hang="rotten") as server:
            chat = openai_chat(server, retries=0, timeout_seconds=3)
            answers, error = taken_until_error(chat.answer(questions("rotten", "river")))

        assert len(answers) == 1
        assert "no answer within 3 seconds" in str(error)

    def test_a_cut_answer_is_no_answer(self):
        with openai_server() as server:
            chat = openai_chat(server, max_tokens=8)
            answers, error = taken_until_error(chat.answer(questions("hockey")))

        assert answers == []
        assert "cut off at 8 tokens" in str(error)

    def test_a_server_killed_in_the_middle_leaves_the_replies_that_came(self):
        with openai_server(die_after=5) as server:
            asked = questions(*"abcdefghijkl")
            answers, error = taken_until_error(openai_chat(server, retries=1).answer(asked))

        assert len(answers) == 5
        assert all(parse_summary(reply) for _, reply in answers)
        assert isinstance(error, InputError)
        assert str(error).startswith(f"no model server answers at {server.url}")

    def test_a_missing_server_is_told_in_one_sentence(self):
        with openai_server() as server:
            pass

        answers, error = taken_until_error(openai_chat(server).answer(questions("hockey")))

        assert answers == []
        assert isinstance(error, InputError)
        assert str(error).startswith(f"no model server answers at {server.url}")
        assert "\n" not in str(error)

    def test_a_wrong_key_ends_the_whole(self):
        with openai_server() as server:
            chat = OpenAIChat(
                ModelServer(base_url=server.url, model=MODEL, api_key=SecretStr("no"))
            )
            _, error = taken_until_error(chat.answer(questions("hockey", "river")))

        assert isinstance(error, InputError)
        assert "refuses the API key" in str(error)

    def test_a_key_that_the_server_repeats_is_in_no_error(self):
        with openai_server(echo_key=True) as server:
            _, error = taken_until_error(openai_chat(server).answer(questions("hockey")))

        assert "refuses the API key: " in str(error)
        assert "sorry, 401 for Bearer ***" in str(error)
        assert KEY not in "".join(traceback.format_exception(error))

    def test_a_password_in_the_address_is_in_no_error(self):
        with openai_server() as server:
            pass
        url = server.url.replace("//", "//user:pa55word@")

        chat = OpenAIChat(ModelServer(base_url=url, model=MODEL, retries=0))
        _, error = taken_until_error(chat.answer(questions("hockey")))

        assert str(error).startswith(f"no model server answers at {server.url} (")
        assert "pa55word" not in "".join(traceback.format_exception(error))
        assert "pa55word" not in repr(chat._server)

    def test_waits_as_long_as_the_server_asks(self):
        with openai_server(first_fail=1, retry_after=1) as server:
            begun = time.monotonic()
            answers = list(openai_chat(server).answer(questions("hockey")))

        assert len(answers) == 1
        assert time.monotonic() - begun >= 1  # in place of half a second

    def test_a_model_that_is_not_served_ends_the_whole(self):
        with openai_server() as server:
            chat = open_chat(
                "openai:other",
                category_of=lambda _: None,
                serving=Serving(base_url=server.url, api_key=SecretStr(KEY)),
            )
            _, error = taken_until_error(chat.answer(questions("hockey")))

        assert isinstance(error, InputError)
        assert "does not serve 'other'" in str(error)

    def test_gives_up_on_a_server_that_answers_nothing(self):
        with openai_server(fail="team") as server:
            chat = openai_chat(server, retries=0, patience=6)
            answers, error = taken_until_error(chat.answer(questions(*"abcdefghijklmnopqrst")))

        assert answers == []
        assert isinstance(error, InputError)
        assert "failures in a row" in str(error)
        assert len(server.asked) <= 6 + 4

    def test_asks_only_as_far_as_replies_are_taken(self):
        with openai_server() as server:
            answers = openai_chat(server, concurrency=2).answer(questions(*"abcdefghijkl"))
            taken = list(islice(answers, 2))
            answers.close()

        assert len(taken) == 2
        assert len(server.asked) <= 2 + 2 * 2

    def test_producer_names_model_revision_and_sampling_and_no_key(self):
        server = ModelServer(
            base_url="http://u:p@h/v1", model="m", revision="r1", api_key=SecretStr("k3y")
        )

        assert OpenAIChat(server).producer == (
            "openai:m@r1 (temperature 0, seed 0, at most 512 tokens), prompts@1"
        )
        assert "k3y" not in repr(server)


class TestOpenChat:
    def test_opens_the_embedded_chat(self):
        chat = open_chat("embedded", category_of=lambda _: None)

        assert isinstance(chat, EmbeddedChat)

    @pytest.mark.parametrize("name", ["", "openai", "openai:", "gpt", "embedded:x"])
    def test_refuses_an_unknown_name(self, name):
        with pytest.raises(InputError, match="there is no chat"):
            open_chat(name, category_of=lambda _: None, serving=AT)

    def test_refuses_a_model_without_an_address(self):
        with pytest.raises(InputError, match="needs the address"):
            open_chat("openai:m", category_of=lambda _: None)
