"""A small web server for the tests: answers what it is told to, keeps what it was sent."""

import contextlib
import http.server
import ssl
import threading

from tests.waiting import PATIENCE_S


class Hook:
    """One server on loopback; `answers` are the statuses of the next requests, the last one stays."""

    def __init__(self, answers=(200,), *, certificate=None, hang=None, headers=()):
        self.answers, self.hang, self.headers = list(answers), hang, headers
        self.requests = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def _handler(self):
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                hook.requests.append((self.path, dict(self.headers.items()), body))
                if hook.hang is not None:
                    hook.hang.wait(PATIENCE_S)
                    return
                status = hook.answers.pop(0) if len(hook.answers) > 1 else hook.answers[0]
                self.send_response(status)
                for name, value in hook.headers:
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Keep quiet."""

        return Handler

    def close(self):
        if self.hang is not None:
            self.hang.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(PATIENCE_S)


@contextlib.contextmanager
def a_hook(*arguments, **named):
    hook = Hook(*arguments, **named)
    try:
        yield hook
    finally:
        hook.close()
