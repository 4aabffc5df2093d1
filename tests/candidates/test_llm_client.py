"""The client and the `llm` candidate against a real server on loopback that misbehaves."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from modicum.candidates.llm import LLMCandidate, LLMRecipe
from modicum.candidates.llm_client import MAX_BODY, Endpoint
from modicum.candidates.llm_failures import Blame, RequestError
from modicum.candidates.protocol import Examples
from modicum.errors import CandidateError

KEY = "sk-very-secret-0123456789"
FIT = Examples(("i am here", "in rome"), ("HUM", "LOC"), ("HUM", "LOC"))
BODY: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
Behave = Callable[["Handler", dict[str, Any]], None]


def completion(text: str, **more: Any) -> dict[str, Any]:
    return {
        "choices": [{"message": {"content": text}, "finish_reason": "stop", **more}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 2},
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.headers, body))
        self.server.behave(self, body)

    def reply(self, content: Any, status: int = 200, **headers: str) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def said(self) -> str:
        return str(self.server.asked[-1][1]["messages"][-1]["content"])

    def log_message(self, *_: Any) -> None:
        pass


class FaultServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, behave: Behave) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behave = behave
        self.asked: list[tuple[Message, dict[str, Any]]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, *_: Any) -> None:
        pass  # the client hung up, as some tests want


@pytest.fixture
def serve(
    listening: Callable[[FaultServer], FaultServer],
) -> Callable[[Behave], FaultServer]:
    """Starts a server that behaves as the test wants."""
    return lambda behave: listening(FaultServer(behave))


@pytest.fixture
def fit() -> Iterator[Callable[..., LLMCandidate]]:
    built: list[LLMCandidate] = []

    def build(server: FaultServer, **options: Any) -> LLMCandidate:
        table = {"base_url": server.url, "model": "m", "retries": 0, "concurrency": 1, **options}
        candidate = LLMRecipe().fit(FIT, FIT, name="big", seed=0, options=table)
        built.append(candidate)
        return candidate

    yield build
    for candidate in built:
        candidate.close()


def by_text(faults: dict[str, Behave]) -> Behave:
    """Answers LOC, but misbehaves for the texts named."""

    def behave(handler: Handler, body: dict[str, Any]) -> None:
        text = body["messages"][-1]["content"]
        faults.get(text, lambda h, _: h.reply(completion("LOC")))(handler, body)

    return behave


def ask(server: FaultServer, **options: Any) -> RequestError:
    endpoint = Endpoint(server.url, **options)
    with pytest.raises(RequestError) as caught:
        endpoint.chat(BODY)
    endpoint.close()
    return caught.value


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def cut_short(handler: Handler, _: Any) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.close_connection = True


def drip(handler: Handler, _: Any) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def test_an_endpoint_that_is_down_fails_the_fit_with_the_cure() -> None:
    port = closed_port()
    with pytest.raises(CandidateError, match=f"nothing answers at 127.0.0.1:{port}: start the"):
        LLMRecipe().fit(
            FIT,
            FIT,
            name="big",
            seed=0,
            options={"base_url": f"http://127.0.0.1:{port}/v1", "model": "m", "retries": 0},
        )


@pytest.mark.parametrize(
    ("behave", "message"),
    [
        (lambda h, _: h.reply(b"<html>hello</html>"), "something other than a JSON object"),
        (lambda h, _: h.reply(b"\xff\xfe\x00"), "something other than a JSON object"),
        (lambda h, _: h.reply(b"[" * 200_000), "something other than a JSON object"),
        (lambda h, _: h.reply([1]), "something other than a JSON object"),
        (lambda h, _: h.reply({"error": "down\nfor lunch"}, 500), "answered 500: down for lunch"),
        (lambda h, _: h.reply({}, 429), "answered 429"),
        (lambda h, _: h.reply(b"x" * (MAX_BODY + 1)), "sent more than 8 MiB"),
        (cut_short, "broke before the end"),
        (lambda h, _: h.connection.shutdown(socket.SHUT_RDWR), "broke before the end"),
    ],
)
def test_garbage_is_a_request_error_in_one_line(
    serve: Callable[[Behave], FaultServer], behave: Behave, message: str
) -> None:
    error = ask(serve(behave), retries=0)
    assert message in str(error)
    assert "\n" not in str(error)
    assert error.blame is Blame.ENDPOINT


def test_a_machine_that_takes_no_connection_is_given_up_soon() -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):  # these take all the room there is
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        endpoint = Endpoint(f"http://127.0.0.1:{full.getsockname()[1]}/v1", timeout_s=0.3)
        with pytest.raises(RequestError, match=r"took no connection in 0.3 s|gave no answer"):
            endpoint.chat(BODY)
        endpoint.close()


@pytest.mark.parametrize("behave", [lambda *_: time.sleep(1.0), drip])
def test_a_slow_answer_is_given_up_at_the_timeout(
    serve: Callable[[Behave], FaultServer], behave: Behave
) -> None:
    server = serve(behave)
    assert "gave no answer in 0.3 s" in str(ask(server, timeout_s=0.3, retries=3))
    assert len(server.asked) == 1


def test_a_refusal_that_passes_is_asked_again(serve: Callable[[Behave], FaultServer]) -> None:
    def behave(handler: Handler, _: Any) -> None:
        if len(handler.server.asked) < 3:
            handler.reply({}, 429, Retry_After="0.01")
        else:
            handler.reply(completion("HUM"))

    server = serve(behave)
    endpoint = Endpoint(server.url, retries=2)
    assert endpoint.chat(BODY).payload["choices"][0]["message"]["content"] == "HUM"
    assert len(server.asked) == 3
    endpoint.close()


def test_a_proxy_of_the_environment_is_used_for_other_machines_only(
    serve: Callable[[Behave], FaultServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(lambda h, _: h.reply(completion("LOC")))
    monkeypatch.setenv("http_proxy", proxy.url.replace("http://", "http://me:word@"))
    monkeypatch.delenv("no_proxy", raising=False)
    far = Endpoint("http://model.example/v1")
    assert far.chat(BODY).payload["choices"][0]["message"]["content"] == "LOC"
    assert proxy.asked[0][0]["Proxy-Authorization"] == "Basic bWU6d29yZA=="
    far.close()
    here = serve(lambda h, _: h.reply(completion("HUM")))
    near = Endpoint(here.url)
    assert near.chat(BODY).payload["choices"][0]["message"]["content"] == "HUM"
    near.close()


def test_a_wish_to_wait_is_obeyed_up_to_a_cap() -> None:
    endpoint = Endpoint("http://127.0.0.1:1/v1")
    waits = [endpoint._delay(0, wish) for wish in ("7", "3600", "soon", None, "-5")]
    assert waits == [7.0, 30.0, 0.5, 0.5, 0.5]
    endpoint.close()


def test_closing_ends_a_wait_at_once(serve: Callable[[Behave], FaultServer]) -> None:
    server = serve(lambda h, _: h.reply({}, 429, Retry_After="25"))
    endpoint = Endpoint(server.url, retries=1)
    threading.Timer(0.2, endpoint.close).start()
    with pytest.raises(RequestError) as caught:
        endpoint.chat(BODY)
    assert caught.value.blame is Blame.STOPPED
    assert len(server.asked) == 1


def test_the_key_is_not_sent_on_to_where_an_endpoint_redirects(
    serve: Callable[[Behave], FaultServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIG_KEY", KEY)
    other = serve(lambda h, _: h.reply(completion("HUM")))
    server = serve(lambda h, _: h.reply({}, 307, Location=other.url))
    error = ask(server, api_key_env="BIG_KEY")
    assert f"redirects to {other.url[7:-3]}, which is not followed" in str(error)
    assert other.asked == []
    assert server.asked[0][0]["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("status", [400, 401, 500])
@pytest.mark.parametrize(
    "says",
    [{"error": {"message": "x" * 190 + KEY}}, {"error": KEY}, b"y" * 390 + KEY.encode(), [KEY]],
)
def test_a_key_is_struck_out_of_what_a_server_says(
    serve: Callable[[Behave], FaultServer], monkeypatch: pytest.MonkeyPatch, status: int, says: Any
) -> None:
    monkeypatch.setenv("BIG_KEY", KEY)
    server = serve(lambda h, _: h.reply(says, status))
    error = ask(server, api_key_env="BIG_KEY", retries=0)
    assert KEY[:8] not in repr(error) + str(error)


@pytest.mark.parametrize("value", ["", "sk bad", "sk-ümlaut", "sk-line\nbreak"])
def test_an_unusable_key_is_named_by_its_variable_only(
    serve: Callable[[Behave], FaultServer], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("BIG_KEY", value)
    server = serve(lambda h, _: h.reply(completion("HUM")))
    error = ask(server, api_key_env="BIG_KEY")
    assert "the environment variable BIG_KEY" in str(error)
    assert not value or value not in str(error)
    assert server.asked == []


def test_no_file_of_a_saved_candidate_or_its_cache_holds_the_key(
    serve: Callable[[Behave], FaultServer],
    fit: Callable[..., LLMCandidate],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("BIG_KEY", KEY)
    server = serve(lambda h, _: h.reply(completion("HUM")))
    candidate = fit(server, api_key_env="BIG_KEY", cache=str(tmp_path / "cache"))
    assert candidate.answer(["a", "b"]).values == ("HUM", "HUM")
    candidate.save(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 5  # the trial, two answers, the candidate and its manifest
    assert not any(KEY.encode() in path.read_bytes() for path in files)
    assert KEY not in repr(vars(candidate))


def test_one_bad_answer_is_marked_and_the_others_go_on(
    serve: Callable[[Behave], FaultServer], fit: Callable[..., LLMCandidate]
) -> None:
    server = serve(
        by_text(
            {
                "garbage": lambda h, _: h.reply(b"garbage"),
                "down": lambda h, _: h.reply({}, 500),
                "empty": lambda h, _: h.reply({"choices": []}),
                "null": lambda h, _: h.reply(completion("HUM") | {"choices": [{"message": None}]}),
                "other": lambda h, _: h.reply(completion("a planet")),
                "long": lambda h, _: h.reply(completion("well", finish_reason="length")),
                "cut": cut_short,
                "slow": lambda *_: time.sleep(4.0),
            }
        )
    )
    texts = ["fine", "garbage", "down", "empty", "null", "other", "long", "cut", "slow", "too"]
    answers = fit(server, timeout_s=1.5).answer(texts)
    assert answers.values == ("LOC", *[None] * 8, "LOC")
    assert answers.errors is not None
    assert answers.errors[0] is None
    assert all(answers.errors[1:9])
    assert answers.errors[5] == "the answer 'a planet' names no class (no class)"
    assert answers.errors[6] == "the answer 'well' names no class (cut off at max_tokens)"


def test_a_lost_endpoint_is_given_up_after_eight_failures_and_tried_again_later(
    serve: Callable[[Behave], FaultServer], fit: Callable[..., LLMCandidate]
) -> None:
    server = serve(lambda h, _: h.reply(completion("LOC")))
    candidate = fit(server)
    server.behave = lambda h, _: h.reply({}, 503)
    server.asked.clear()
    answers = candidate.answer([str(n) for n in range(50)])
    assert len(server.asked) == 8
    assert answers.values == (None,) * 50
    assert answers.errors is not None
    assert "not asked, since the endpoint failed before it" in str(answers.errors[-1])
    candidate.answer(["still down?", "and this?"])
    assert len(server.asked) == 9
    server.behave = lambda h, _: h.reply(completion("HUM"))
    assert candidate.answer(["back?"]).values == ("HUM",)


def test_a_rejected_key_stops_the_batch_at_the_first_answer(
    serve: Callable[[Behave], FaultServer], fit: Callable[..., LLMCandidate]
) -> None:
    server = serve(lambda h, _: h.reply(completion("LOC")))
    candidate = fit(server)
    server.behave = lambda h, _: h.reply({}, 401)
    server.asked.clear()
    assert candidate.answer(["a", "b", "c"]).values == (None, None, None)
    assert len(server.asked) == 1


def test_inputs_that_are_too_long_do_not_give_up_the_endpoint(
    serve: Callable[[Behave], FaultServer], fit: Callable[..., LLMCandidate]
) -> None:
    def behave(handler: Handler, body: dict[str, Any]) -> None:
        if body["messages"][-1]["content"].startswith("long"):
            handler.reply({"error": {"message": "exceeds the context"}}, 400)
        else:
            handler.reply(completion("HUM"))

    answers = fit(serve(behave)).answer([*[f"long {n}" for n in range(20)], "short"])
    assert answers.values[-1] == "HUM"
    assert answers.errors is not None
    assert "exceeds the context" in str(answers.errors[0])


def test_a_repeat_is_asked_once_and_marked(
    serve: Callable[[Behave], FaultServer], fit: Callable[..., LLMCandidate]
) -> None:
    server = serve(lambda h, _: h.reply(completion("LOC")))
    candidate = fit(server)
    server.asked.clear()
    answers = candidate.answer(["same", "same", "other", "same"])
    assert len(server.asked) == 2
    assert answers.usage is not None
    assert [usage.cached for usage in answers.usage] == [False, True, False, True]


def test_a_second_run_costs_nothing_and_tells_the_original_usage(
    serve: Callable[[Behave], FaultServer], fit: Callable[..., LLMCandidate], tmp_path: Path
) -> None:
    server = serve(lambda h, _: h.reply(completion("LOC")))
    options = {"cache": str(tmp_path), "price_in": 1.0, "price_out": 10.0, "currency": "EUR"}
    first = fit(server, **options).answer(["a"]).usage
    server.asked.clear()
    second = fit(server, **options).answer(["a"]).usage
    assert server.asked == []
    assert first is not None
    assert second is not None
    assert first[0].cost == pytest.approx(40e-6)
    assert (second[0].cached, second[0].cost, second[0].currency) == (True, first[0].cost, "EUR")
    assert second[0].latency_ms == first[0].latency_ms


@pytest.mark.parametrize(
    "junk", [b"", b"{", b"[1]", b'{"format": "modicum-response-1", "key": "other"}', b"\xff" * 9]
)
def test_a_corrupt_cache_entry_is_asked_again_and_rewritten(
    serve: Callable[[Behave], FaultServer],
    fit: Callable[..., LLMCandidate],
    tmp_path: Path,
    junk: bytes,
) -> None:
    server = serve(lambda h, _: h.reply(completion("LOC")))
    candidate = fit(server, cache=str(tmp_path))
    candidate.answer(["a"])
    entries = list(tmp_path.rglob("*.json"))
    for entry in entries:
        entry.write_bytes(junk)
    server.asked.clear()
    assert candidate.answer(["a"]).values == ("LOC",)
    assert len(server.asked) == 1
    assert candidate.answer(["a"]).values == ("LOC",)
    assert len(server.asked) == 1


def test_failures_are_never_cached(
    serve: Callable[[Behave], FaultServer], fit: Callable[..., LLMCandidate], tmp_path: Path
) -> None:
    server = serve(lambda h, _: h.reply(completion("LOC")))
    candidate = fit(server, cache=str(tmp_path))
    server.behave = lambda h, _: h.reply({"choices": []})
    assert candidate.answer(["a"]).values == (None,)
    server.behave = lambda h, _: h.reply(completion("HUM"))
    assert candidate.answer(["a"]).values == ("HUM",)


def test_a_request_is_bent_to_what_an_endpoint_accepts(
    serve: Callable[[Behave], FaultServer], fit: Callable[..., LLMCandidate]
) -> None:
    def behave(handler: Handler, body: dict[str, Any]) -> None:
        for field in ("max_tokens", "temperature", "top_logprobs"):
            if field in body:
                message = f"Unsupported parameter: '{field}' is not supported with this model."
                return handler.reply({"error": {"message": message}}, 400)
        return handler.reply(completion("Answer: 'hum'."))

    server = serve(behave)
    assert fit(server).answer(["x"]).values == ("HUM",)
    sent = server.asked[-1][1]
    assert set(sent) == {"model", "messages", "max_completion_tokens"}


def test_the_trial_takes_an_input_that_is_not_too_long(
    serve: Callable[[Behave], FaultServer],
) -> None:
    server = serve(lambda h, _: h.reply(completion("LOC")))
    texts = Examples(("long " * 9000, " ", "short"), ("HUM", "HUM", "LOC"), ("HUM", "LOC"))
    options = {"base_url": server.url, "model": "m"}
    LLMRecipe().fit(texts, texts, name="x", seed=0, options=dict(options)).close()
    assert server.asked[0][1]["messages"][-1]["content"] == "short"


def test_a_class_is_read_from_one_token_where_the_endpoint_tells_its_alternatives(
    serve: Callable[[Behave], FaultServer], fit: Callable[..., LLMCandidate]
) -> None:
    tokens = [{"token": "L", "logprob": -0.1053605}, {"token": "HUM", "logprob": -2.3025851}]
    shown = {"content": [{"token": "L", "logprob": -0.1, "top_logprobs": tokens}]}
    server = serve(lambda h, _: h.reply(completion("L", logprobs=shown)))
    answers = fit(server).answer(["x"])
    assert server.asked[-1][1]["max_tokens"] == 1
    assert answers.values == ("LOC",)
    assert answers.probabilities is not None
    assert answers.probabilities.round(3).tolist() == [[0.1, 0.9]]
    assert answers.confidence is not None
    assert answers.confidence[0] == pytest.approx(0.9)


def test_a_hosted_model_is_not_calibrated_at_somebodys_cost_unasked(
    serve: Callable[[Behave], FaultServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def behave(handler: Handler, _: Any) -> None:
        tokens = [{"token": label, "logprob": -0.7} for label in ("HUM", "LOC")]
        shown = {"content": [{"token": "HUM", "logprob": -0.7, "top_logprobs": tokens}]}
        handler.reply(completion("HUM", logprobs=shown))

    proxy = serve(behave)
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    many = Examples(tuple(str(n) for n in range(50)), ("HUM", "LOC") * 25, ("HUM", "LOC"))
    place = {"base_url": "http://model.example/v1", "model": "m"}
    for asked, options in ((2, {}), (2 + 10, {"calibrate": 10})):
        proxy.asked.clear()
        LLMRecipe().fit(many, many, name="x", seed=0, options={**place, **options}).close()
        assert len(proxy.asked) == asked


def test_a_chatty_model_is_let_to_write_its_answer(
    serve: Callable[[Behave], FaultServer], fit: Callable[..., LLMCandidate]
) -> None:
    tokens = [{"token": "The", "logprob": -0.1}, {"token": "HUM", "logprob": -5.0}]
    shown = {"content": [{"token": "The", "logprob": -0.1, "top_logprobs": tokens}]}
    server = serve(lambda h, _: h.reply(completion("The answer is LOC.", logprobs=shown)))
    answers = fit(server).answer(["x"])
    assert answers.values == ("LOC",)
    assert answers.confidence is not None
    assert answers.confidence[0] == pytest.approx(0.905, abs=1e-3)


def test_the_processes_behind_a_loopback_address_are_found(
    serve: Callable[[Behave], FaultServer], fit: Callable[..., LLMCandidate]
) -> None:
    import os

    candidate = fit(serve(lambda h, _: h.reply(completion("LOC"))))
    assert os.getpid() in candidate.process_ids
    assert candidate.remote is False


def test_an_input_with_broken_characters_is_sent_and_does_not_break_the_batch(
    serve: Callable[[Behave], FaultServer], fit: Callable[..., LLMCandidate]
) -> None:
    server = serve(lambda h, _: h.reply(completion("LOC")))
    texts = ["\ud800", "\x00\x1b", "", "{input}{classes}", "é" * 100_000]
    assert fit(server).answer(texts).values == ("LOC",) * 5
    assert server.asked[-1][1]["messages"][-1]["content"] == texts[-1]


def test_confidence_comes_from_agreement_where_several_samples_are_asked(
    serve: Callable[[Behave], FaultServer], fit: Callable[..., LLMCandidate]
) -> None:
    def behave(handler: Handler, body: dict[str, Any]) -> None:
        handler.reply(completion("LOC" if body.get("seed") == 1 else "HUM"))

    server = serve(behave)
    candidate = fit(server, samples=4, temperature=0.7)
    server.asked.clear()
    answers = candidate.answer(["x"])
    assert [body["seed"] for _, body in server.asked] == [0, 1, 2, 3]
    assert answers.values == ("HUM",)
    assert answers.confidence == (0.75,)
    assert answers.usage is not None
    assert answers.usage[0].tokens_in == 80


def test_every_request_of_a_hosted_answer_is_paid_for(
    serve: Callable[[Behave], FaultServer], fit: Callable[..., LLMCandidate]
) -> None:
    def behave(handler: Handler, body: dict[str, Any]) -> None:
        one = body["max_tokens"] == 1
        unsure = one and body["messages"][-1]["content"] == "unsure"
        tokens = [{"token": "The" if unsure else "LOC", "logprob": -0.1}]
        shown = {"content": [{"token": "LOC", "logprob": -0.1, "top_logprobs": tokens}]}
        handler.reply(completion("LOC", logprobs=shown))

    candidate = fit(serve(behave), price_in=1.0, price_out=1.0)
    usage = candidate.answer(["sure", "unsure"]).usage
    assert usage is not None
    assert [each.tokens_in for each in usage] == [20, 40]
    assert [each.cost for each in usage] == [pytest.approx(22e-6), pytest.approx(44e-6)]
