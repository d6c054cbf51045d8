"""The lines that the oracle writes and finds again: each says whose it is, which number it has, and carries a digest of itself."""
import json
import random
import zlib

# What a line is filled with: quotes, backslashes, tabs, letters of two, three and four bytes, what looks like JSON.
WORDS = ('order', 'paid', 'by', 'customer', '"quoted"', 'C:\\temp\\new', 'a\ttab', 'Grüße', '日本語', '🎷', '{"n":1}', '</b>', "it's", '100%',
         'null', '\\u0041', 'GET', '/api/v1/notes?x=1&y=2', '-', 'retry', 'connection', 'reset', 'ok')
REFUSED = 'UNINDEXABLE'  # a line with this word is one that the index never takes


class Author:
    """Makes the lines of one stream: from one seed, always the same."""

    def __init__(self, seed, stream, *, refused_every=0, long_every=0, fill_bytes=250):
        self.seed, self.stream = seed, stream
        self.refused_every, self.long_every, self.fill_bytes = refused_every, long_every, fill_bytes
        dice = random.Random(f'{seed}/{stream}')
        self.pool = ' '.join(dice.choice(WORDS) for _ in range(20_000))

    def refused(self, number):
        return self.refused_every > 0 and number % self.refused_every == self.refused_every - 1

    def message(self, number):
        mixed = zlib.crc32(b'%d' % number) ^ (self.seed & 0xffff_ffff)
        length = 20 + mixed % (2 * self.fill_bytes)
        if self.long_every and number % self.long_every == self.long_every // 2:
            length = 20_000 + mixed % 30_000
        start = (mixed >> 8) % max(1, len(self.pool) - length)
        fill = self.pool[start:start + length].strip()
        if self.refused(number):
            fill = f'{REFUSED} {fill}'
        return f'{self.stream} {number} {digest(self.stream, number, fill)} {fill}'

    def as_json(self, number, when):
        return json.dumps({'time': when, 'level': 'info', 'msg': self.message(number), 'number': number}, ensure_ascii=False).encode()


    def as_text(self, number, _when):
        return self.message(number).encode()

    def as_cri(self, number, when):
        return f'{when} stdout F '.encode() + self.as_json(number, when)


def digest(stream, number, fill):
    return f'{zlib.crc32(f"{stream} {number} {fill}".encode()):08x}'


def read(message):
    """(stream, number, whether it is as it was written) of a message; nothing when it is not one of ours."""
    pieces = message.split(' ', 3)
    if len(pieces) != 4 or not pieces[1].isdigit():
        return None
    stream, number, said, fill = pieces
    return stream, int(number), said == digest(stream, number, fill)
