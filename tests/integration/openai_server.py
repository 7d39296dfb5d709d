"""A local HTTP server that stands in for OpenAI's API: embeddings, and a model that looks at sheets."""

import base64
import json
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from quarry.adapters.openai import DIMENSIONS


class Api:
    """``script`` holds what the next requests get (a status, "slow", "garbage"); then they are answered.

    A server that is not ``fluent`` knows numbers alone, whatever it is asked for. ``layout`` is what its model says of
    a sheet.
    """

    def __init__(self, fluent=True):
        self.script = []
        self.requests = []
        self.headers = []
        self.paths = []
        self.retry_after = None
        self.layout = {}
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                api.requests.append(body)
                api.headers.append(self.headers)
                api.paths.append(self.path)
                as_base64 = fluent and body.get("encoding_format") == "base64"
                step = api.script.pop(0) if api.script else 200
                if step == "slow":
                    time.sleep(1.0)
                    step = 200
                if step == "garbage":
                    self.answer(200, b"<html>busy</html>", "text/html")
                elif step == 200 and self.path.endswith("/chat/completions"):
                    self.answer(200, completion(api.layout))
                elif step == "short":
                    self.answer(200, api.embeddings(body["input"][1:], as_base64))
                elif step == 200:
                    self.answer(200, api.embeddings(body["input"], as_base64))
                else:
                    self.answer(step, json.dumps({"error": {"message": "no", "type": "t"}}).encode())

            def answer(self, status, content, content_type="application/json"):
                try:
                    self.send_response(status)
                    self.send_header("content-type", content_type)
                    self.send_header("content-length", str(len(content)))
                    if api.retry_after is not None and status != 200:
                        self.send_header("retry-after", api.retry_after)
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    pass  # the client has given up, which is what the slow step is for

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @staticmethod
    def embeddings(inputs, as_base64=False):
        rows = [{"object": "embedding", "index": index, "embedding": vector(text)} for index, text in enumerate(inputs)]
        if as_base64:
            for row in rows:
                row["embedding"] = base64.b64encode(struct.pack(f"<{DIMENSIONS}f", *row["embedding"])).decode()
        answer = {"object": "list", "data": rows[::-1], "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        return json.dumps(answer).encode()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def completion(content):
    """An answer of the structure that was asked for: a text of JSON."""
    message = {"role": "assistant", "content": json.dumps(content), "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps({"object": "chat.completion", "choices": [choice], "model": "m"}).encode()


def vector(text):
    return [float(len(text)), 0.1] + [0.0] * (DIMENSIONS - 2)
