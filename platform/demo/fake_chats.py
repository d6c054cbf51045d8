#!/usr/bin/env python3
"""Stands in for Slack's Web API and Telegram's Bot API on a loopback port, and prints what people would read.

usage: fake_chats.py PORT
"""
import html
import http.server
import itertools
import json
import re
import sys
import threading

SIGNS = {':red_circle:': '🔴', ':large_yellow_circle:': '🟡', ':large_green_circle:': '🟢', ':large_purple_circle:': '🟣',
         ':eyes:': '👀', ':bell:': '🔔'}
numbers = itertools.count(1)
one_at_a_time = threading.Lock()


def plain(text):
    for name, sign in SIGNS.items():
        text = text.replace(name, sign)
    return text.replace('&lt;', '<').replace('&gt;', '>').replace('&amp;', '&').replace('*', '')


def lines_of_slack(message):
    """The message as it is read: headers, sections, buttons."""
    for attachment in message.get('attachments', []):
        for block in attachment.get('blocks', []):
            if block['type'] in ('header', 'section'):
                yield from plain(block['text']['text']).splitlines()
            elif block['type'] == 'actions':
                yield '  '.join(f"[{button['text']['text']}]" for button in block['elements'])
    if 'attachments' not in message:
        yield from plain(message['text']).splitlines()


def show(title, lines):
    text = [f'          ┌ {title}', *(f'          │ {line}' for line in lines), '          └', '']
    with one_at_a_time:
        sys.stdout.write('\n'.join(text))
        sys.stdout.flush()


def slack(method, message):
    stamp = message.get('ts') or f'1700000000.{next(numbers):06d}'
    what = 'changed' if method == 'chat.update' else 'in the thread' if 'thread_ts' in message else 'new'
    show(f'Slack, message {message.get("thread_ts", stamp)[-2:]}, {what}', lines_of_slack(message))
    return {'ok': True, 'channel': 'C0DEMO', 'ts': stamp}


def telegram(message):
    number = next(numbers)
    before = message.get('reply_parameters', {}).get('message_id')
    text = html.unescape(re.sub('<[^>]+>', '', message['text']))
    show(f'Telegram, message {number}' + (f', an answer to {before}' if before else ''), text.splitlines())
    return {'ok': True, 'result': {'message_id': number}}


class Chats(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        method = self.path.rsplit('/', 1)[-1]
        body = json.dumps(telegram(message) if method == 'sendMessage' else slack(method, message)).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == '__main__':
    if len(sys.argv) != 2 or not sys.argv[1].isdigit():
        sys.exit(__doc__)
    http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Chats).serve_forever()
