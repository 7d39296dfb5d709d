"""A local HTTP server that plays the OpenAI API's embeddings."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from quarry.adapters.openai import DIMENSIONS


class Api:
    """``script`` holds what the next requests get (a status, "slow", "garbage"); then they are answered."""

    def __init__(self):
        self.script = []
        self.requests = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                api.requests.append(body)
                step = api.script.pop(0) if api.script else 200
                if step == "slow":
                    time.sleep(1.0)
                    step = 200
                if step == "garbage":
                    self.answer(200, b"<html>busy</html>", "text/html")
                elif step == "short":
                    self.answer(200, api.embeddings(body["input"][1:]))
                elif step == 200:
                    self.answer(200, api.embeddings(body["input"]))
                else:
                    self.answer(step, json.dumps({"error": {"message": "no", "type": "t"}}).encode())

            def answer(self, status, content, content_type="application/json"):
                try:
                    self.send_response(status)
                    self.send_header("content-type", content_type)
                    self.send_header("content-length", str(len(content)))
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
    def embeddings(inputs):
        rows = [
            {"object": "embedding", "index": index, "embedding": [float(len(text))] + [0.0] * (DIMENSIONS - 1)}
            for index, text in enumerate(inputs)
        ]
        answer = {"object": "list", "data": rows[::-1], "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        return json.dumps(answer).encode()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
