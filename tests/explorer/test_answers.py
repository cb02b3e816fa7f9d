import threading

import pytest

from saetm_assets.explorer.answers import Answers


def test_an_answer_is_worked_out_once_for_all_who_ask():
    answers, asked, loads = Answers(4), threading.Barrier(5), []

    def load():
        loads.append(1)
        return object()

    def ask():
        asked.wait()
        found.append(answers.get("key", load))

    found = []
    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(loads) == 1
    assert len(set(map(id, found))) == 1


def test_nobody_waits_for_another_question():
    answers = Answers(4)
    assert answers.get("slow", lambda: answers.get("quick", lambda: 2) + 1) == 3


def test_what_was_asked_for_longest_ago_goes_first():
    answers = Answers(2)
    for key in ("a", "b", "a", "c"):
        answers.get(key, lambda key=key: key)

    assert answers.get("a", lambda: "anew") == "a"
    assert answers.get("b", lambda: "anew") == "anew"


def test_a_question_that_failed_is_asked_again():
    answers = Answers(2)

    def fail():
        raise LookupError

    with pytest.raises(LookupError):
        answers.get("key", fail)
    assert answers.get("key", lambda: None) is None
    assert answers.get("key", fail) is None
