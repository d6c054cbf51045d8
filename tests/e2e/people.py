"""Whom the agent tells: servers that keep what they get, and fail, delay, limit and hang up as a story wants."""
import http.server
import json
import socket
import socketserver
import ssl
import subprocess
import threading
import time


class People:
    """An HTTP server on a free port. `answer` is asked for (status, headers, body) of each request, or for None: it hangs
    up although it has heard everything."""

    def __init__(self, answer=None):
        self.heard = []  # {path, headers, body (text), at (monotonic seconds), status, answer}
        self.answer = answer or (lambda request: (200, {}, 'ok'))
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def do_POST(self):
                size = int(self.headers.get('Content-Length', 0))
                request = {'path': self.path, 'headers': {k.lower(): v for k, v in self.headers.items()},
                           'body': self.rfile.read(size).decode(), 'at': time.monotonic()}
                outer.heard.append(request)
                said = outer.answer(request)
                request['status'], request['answer'] = (None, None) if said is None else (said[0], said[2])
                if said is None:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, headers, body = said
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header('Content-Length', str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass  # the agent was killed while it waited: that is the story

        self.server = Server(('127.0.0.1', 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f'http://127.0.0.1:{self.port}'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def bodies(self, path=None):
        return [json.loads(request['body']) for request in list(self.heard) if path is None or request['path'] == path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def slack_api(limits=0):
    """What Slack's Web API answers; the first `limits` questions get 429."""
    left = [limits]

    def answer(request):
        if left[0] > 0:
            left[0] -= 1
            return 429, {'Retry-After': '1'}, '{"ok":false,"error":"ratelimited"}'
        return 200, {}, json.dumps({'ok': True, 'channel': 'C1', 'ts': f'{time.time():.6f}'})
    return answer


def certificate(folder):
    """A self-signed one for localhost: (certificate, key)."""
    cert, key = folder / 'mail.pem', folder / 'mail.key'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
                    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
                    '-keyout', str(key), '-out', str(cert)], check=True, capture_output=True)
    return cert, key


class Mail:
    """An SMTP server with STARTTLS and AUTH PLAIN."""

    def __init__(self, folder):
        self.certificate, key = certificate(folder)
        self.mails, self.lines = [], []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                connection, secure = self.request, False
                stream = connection.makefile('rwb')

                def say(text):
                    stream.write(text.encode() + b'\r\n')
                    stream.flush()
                say('220 mail.test ESMTP')
                while True:
                    line = stream.readline().decode().strip()
                    if not line:
                        return
                    outer.lines.append((secure, line))
                    if line.startswith('EHLO'):
                        say('250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN' if not secure else '250-mail.test\r\n250 AUTH PLAIN')
                    elif line == 'STARTTLS':
                        say('220 go on')
                        connection = context.wrap_socket(connection, server_side=True)
                        stream, secure = connection.makefile('rwb'), True
                    elif line.startswith('AUTH'):
                        say('235 welcome')
                    elif line == 'DATA':
                        say('354 go on')
                        mail = b''
                        while not mail.endswith(b'\r\n.\r\n'):
                            mail += stream.readline()
                        outer.mails.append(mail.decode())
                        say('250 queued')
                    elif line == 'QUIT':
                        say('221 bye')
                        return
                    else:
                        say('250 fine')

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request, client_address):
                pass

        self.server = Server(('127.0.0.1', 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
