#!/usr/bin/env python3
"""A false Elasticsearch that really keeps what it is given, and can be told to misbehave.

  elastic.py SOCKET      prints the port it serves; the socket takes orders, one JSON object a line, see `Mood` and `Orders`

It remembers while it is dead: `{"listening": false}` refuses connections and cuts those there are.
"""
import asyncio
import dataclasses
import json
import random
import sys
import zlib

import index as indices

REASONS = {200: 'OK', 400: 'Bad Request', 404: 'Not Found', 413: 'Content Too Large', 429: 'Too Many Requests', 503: 'Service Unavailable'}
BANNER = {'name': 'false', 'cluster_name': 'chaos', 'version': {'number': '8.19.21', 'build_flavor': 'default'}, 'tagline': 'You Know, for Search'}


@dataclasses.dataclass
class Mood:
    """How it answers a bulk request. Each trouble comes with its share of the requests, or of the items."""
    listening: bool = True
    delay_s: float = 0.0
    status: int = 0                # for the whole request
    status_share: float = 1.0
    item_status: int = 0
    item_share: float = 0.0
    cut_before_share: float = 0.0  # the connection, before anything is applied
    cut_after_share: float = 0.0   # the connection, after everything is applied
    truncate_share: float = 0.0    # the answer, in its middle
    garble_share: float = 0.0      # the answer is no JSON
    most_bytes: int = 100 << 20    # of a request; beyond that 413
    roll_over_every: int = 0       # documents


class Cut(Exception):
    """The connection goes, without a word."""


class Elastic:
    def __init__(self):
        self.mood, self.dice = Mood(), random.Random(1)
        self.indices, self.connections = {}, set()
        self.server, self.port, self.requests, self.searches = None, 0, 0, 0
        self.complaints = []  # what no client of Elasticsearch may send

    async def listen(self):
        self.server = await asyncio.start_server(self.converse, '127.0.0.1', self.port, limit=1 << 20)
        self.port = self.server.sockets[0].getsockname()[1]

    async def obey(self, mood):
        was = self.mood.listening
        self.mood = Mood(**mood)
        if was and not self.mood.listening:
            self.server.close()
            for writer in list(self.connections):
                writer.transport.abort()
        elif not was and self.mood.listening:
            await self.listen()

    async def converse(self, reader, writer):
        self.connections.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b'\r\n\r\n')).decode('latin-1').split('\r\n')
                method, target, _ = head[0].split(' ')
                headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(':') for line in head[1:] if line)}
                if headers.get('expect', '').lower() == '100-continue':
                    writer.write(b'HTTP/1.1 100 Continue\r\n\r\n')
                body = await reader.readexactly(int(headers.get('content-length', 0)))
                status, answer = await self.answer(method, target, headers, body)
                whole = self.framed(status, b'' if method == 'HEAD' else answer)
                if self.dice.random() < self.mood.truncate_share:
                    writer.write(whole[:len(whole) * 2 // 3])
                    await writer.drain()
                    raise Cut
                writer.write(whole)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, Cut):
            pass
        finally:
            self.connections.discard(writer)
            writer.transport.abort()

    def framed(self, status, body):
        head = (f'HTTP/1.1 {status} {REASONS.get(status, "Trouble")}\r\nX-elastic-product: Elasticsearch\r\n'
                f'content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n')
        return head.encode() + body

    async def answer(self, method, target, headers, body):
        path, _, query = target.partition('?')
        asked = dict(pair.partition('=')[::2] for pair in query.split('&') if pair)
        if headers.get('content-encoding') == 'gzip':
            body = zlib.decompress(body, 31)
        place = path.strip('/').split('/')
        if place[-1] == '_bulk':
            return await self.bulk(place[0] if len(place) > 1 else None, asked.get('filter_path', '').replace('%2C', ','), body)
        if place[-1] == '_search':
            return self.search(place[0], json.loads(body or b'{}'))
        if len(place) > 1 and place[1] == '_settings':
            held = self.indices.get(place[0])
            missing = {'error': {'type': 'index_not_found_exception', 'reason': f'no such index [{place[0]}]'}, 'status': 404}
            return (200, json.dumps(held.generations()).encode()) if held else (404, json.dumps(missing).encode())
        if place[-1] == '_mget':
            return self.get(place[0], json.loads(body))
        if place == [''] and method in ('GET', 'HEAD'):
            return 200, json.dumps(BANNER).encode()
        return 404, b'{"error":{"type":"resource_not_found_exception","reason":"not here"},"status":404}'

    async def bulk(self, target, filter_path, body):
        mood = self.mood
        self.requests += 1
        if mood.delay_s:
            await asyncio.sleep(mood.delay_s)
        if self.dice.random() < mood.cut_before_share:
            raise Cut
        if len(body) > mood.most_bytes:
            return 413, b'{"error":"too large"}'
        if mood.status and self.dice.random() < mood.status_share:
            return mood.status, json.dumps({'error': {'type': 'es_rejected_execution_exception', 'reason': 'busy'}, 'status': mood.status}).encode()
        try:
            actions = read_bulk(target, body)
        except ValueError as problem:
            self.complaints.append(f'{problem}: {body[:200]!r}')
            return 400, json.dumps({'error': {'type': 'illegal_argument_exception', 'reason': str(problem)}, 'status': 400}).encode()
        answers, items, errors = indices.Answers(filter_path), [], False
        for name, document, source in actions:
            if mood.item_status and self.dice.random() < mood.item_share:
                status = mood.item_status
            else:
                status = self.create(name, document, source)
            errors |= status != indices.CREATED
            items.append(answers.item(status, name, document))
        if self.dice.random() < mood.cut_after_share:
            raise Cut
        whole = answers.whole(errors, items)
        return 200, b'<html>' + whole if self.dice.random() < mood.garble_share else whole

    def create(self, name, document, body):
        held = self.indices.setdefault(name, indices.Index(name))
        if self.mood.roll_over_every and len(held.backing[-1]) >= self.mood.roll_over_every:
            held.roll_over()
        return held.create(document, body)

    def search(self, name, asked):
        """Only by ids, and over all that has ever been behind the name."""
        self.searches += 1
        wanted = asked.get('query', {}).get('ids', {}).get('values', [])
        held = self.indices.get(name)
        hits = [{'_index': name, '_id': each} for each in wanted if held and held.holds(each)]
        return 200, json.dumps({'timed_out': False, 'hits': {'total': {'value': len(hits), 'relation': 'eq'}, 'hits': hits[:asked.get('size', 10)]}}).encode()

    def get(self, backing, asked):
        """From one of the indices behind a name, as it is now: no refresh is waited for."""
        self.searches += 1
        name, _, number = backing.removeprefix('.ds-').rpartition('-')
        held = self.indices[name].backing[int(number) - 1]
        return 200, json.dumps({'docs': [{'found': each in held} for each in asked['ids']]}).encode()

    async def take_orders(self, reader, writer):
        while line := await reader.readline():
            order = json.loads(line)
            if 'mood' in order:
                await self.obey(order['mood'])
            if 'roll_over' in order:
                for held in self.indices.values():
                    held.roll_over()
            answer = {'complaints': self.complaints[:5], 'requests': self.requests, 'searches': self.searches,
                      'documents': sum(held.documents for held in self.indices.values()),
                      'complete': {key: at for held in self.indices.values() for key, at in held.complete_until().items()}}
            if 'account' in order:
                answer['accounts'] = {name: held.account() for name, held in self.indices.items()}
            writer.write(json.dumps(answer).encode() + b'\n')
            await writer.drain()


def read_bulk(target, body):
    """(index, id, document as bytes) of each action."""
    pieces = body.split(b'\n')
    if pieces.pop() != b'' or len(pieces) % 2:
        raise ValueError('not an even number of lines with a newline after each')
    found = []
    for at in range(0, len(pieces), 2):
        (verb, action), = json.loads(pieces[at]).items()
        if verb != 'create' or not action.get('_id') or not action.get('_index', target):
            raise ValueError('only create with an index and an id is spoken here')
        found.append((action.get('_index', target), action['_id'], pieces[at + 1]))
    return found


async def main(socket_path):
    elastic = Elastic()
    await elastic.listen()
    orders = await asyncio.start_unix_server(elastic.take_orders, socket_path)
    print(elastic.port, flush=True)
    async with orders:
        await orders.serve_forever()


if __name__ == '__main__':
    asyncio.run(main(sys.argv[1]))
