"""What the false Elasticsearch holds: data streams with their backing indices, in which an id can be created once."""
import collections
import json
import time

import lines

CREATED, CONFLICT, REFUSED = 201, 409, 400
TROUBLES = {CONFLICT: ('version_conflict_engine_exception', '[{id}]: version conflict, document already exists (current version [1])'),
            REFUSED: ('document_parsing_exception', "[1:10] failed to parse field [number] of type [long] in document with id '{id}'"),
            403: ('cluster_block_exception', 'index [{index}] blocked by: [FORBIDDEN/8/index write (api)];'),
            429: ('es_rejected_execution_exception', 'rejected execution of primary operation'),
            503: ('unavailable_shards_exception', 'primary shard is not active Timeout: [1m]')}


class Index:
    """One data stream, or one plain index. After a rollover its ids are forgotten for `create`, as in the real one."""

    def __init__(self, name, *, refuses=True):
        self.name, self.refuses = name, refuses
        self.backing = [set()]
        self.began_ms = [int(time.time() * 1000)]
        self.seen = collections.defaultdict(collections.Counter)  # stream → number → how often it is held
        self.refused = collections.defaultdict(dict)              # stream → number → id, for what it will never take
        self.spoilt = []                                          # documents that are not as they were written
        self.first, self.again = {}, []                           # (stream, number) → its first id; what came under another
        self.documents = self.conflicts = 0
        self.bare = {}                                            # stream → first number that has not arrived

    def create(self, name_of_document, body):
        """The status of the document: created, a conflict, or refused for ever."""
        if name_of_document in self.backing[-1]:
            self.conflicts += 1
            return CONFLICT
        try:
            message = json.loads(body).get('message')
        except ValueError:
            message = None
        known = lines.read(message) if isinstance(message, str) else None
        if known is None or not known[2]:
            self.spoilt.append(body[:600].decode(errors='replace'))
            known = known or ('', -1, False)
        elif self.refuses and message.split(' ', 4)[3] == lines.REFUSED:
            self.refused[known[0]][known[1]] = name_of_document
            return REFUSED
        self.backing[-1].add(name_of_document)
        self.seen[known[0]][known[1]] += 1
        if self.first.setdefault(known[:2], name_of_document) != name_of_document:
            self.again.append(f'{known[0]} {known[1]} first {self.first[known[:2]]}, then {name_of_document}: {body[-300:].decode(errors="replace")}')
        self.documents += 1
        return CREATED

    def take_in(self, other):
        for stream, numbers in other.seen.items():
            self.seen[stream].update(numbers)
        self.spoilt += other.spoilt
        self.documents += other.documents

    def roll_over(self):
        self.backing.append(set())
        self.began_ms.append(int(time.time() * 1000))

    def generations(self):
        """As the settings of a data stream's indices tell them."""
        return {f'.ds-{self.name}-{number:06}': {'settings': {'index.creation_date': str(began)}}
                for number, began in enumerate(self.began_ms, 1)}

    def holds(self, name_of_document):
        return any(name_of_document in backing for backing in self.backing)

    def complete_until(self):
        """For each stream the first number that it has neither taken nor refused."""
        for stream in {*self.seen, *self.refused}:
            at, seen, refused = self.bare.get(stream, 0), self.seen[stream], self.refused[stream]
            while at in seen or at in refused:
                at += 1
            self.bare[stream] = at
        return self.bare

    def account(self):
        """All that the verdict needs, as plain data."""
        return {'documents': self.documents, 'conflicts': self.conflicts, 'spoilt': self.spoilt[:20], 'spoilt_total': len(self.spoilt),
                'backing': len(self.backing), 'again': self.again[:3] + self.again[-3:],
                'held': {stream: ranges(numbers) for stream, numbers in self.seen.items()},
                'twice': {stream: [number for number, times in numbers.items() if times > 1] for stream, numbers in self.seen.items()},
                'refused': {stream: sorted(numbers) for stream, numbers in self.refused.items()},
                'refused_ids': [name for numbers in self.refused.values() for name in numbers.values()]}


def ranges(numbers):
    """[[0, 5], [7, 8]] for 0…4 and 7."""
    found = []
    for number in sorted(numbers):
        if found and found[-1][1] == number:
            found[-1][1] = number + 1
        else:
            found.append([number, number + 1])
    return found


class Answers:
    """Texts of the items of a bulk answer, thinned as `filter_path` asks."""

    def __init__(self, filter_path):
        self.paths = [path.split('.') for path in filter_path.split(',') if path]
        self.made = {}

    def item(self, status, index, name_of_document):
        key = (status, index)
        if key not in self.made:
            trouble = TROUBLES.get(status)
            full = {'_index': index, '_id': '{id}', 'status': status}
            full |= {'error': {'type': trouble[0], 'reason': trouble[1].replace('{index}', index)}} if trouble else {'_version': 1, 'result': 'created'}
            self.made[key] = json.dumps({'create': full if not self.paths else thin(full, self.below('items'))}, ensure_ascii=False,
                                        separators=(',', ':'))
        return self.made[key].replace('{id}', name_of_document)

    def whole(self, errors, items):
        took = '' if self.paths and ['took'] not in self.paths else '"took":7,'
        return f'{{{took}"errors":{"true" if errors else "false"},"items":[{",".join(items)}]}}'.encode()

    def below(self, first):
        """What is asked for under this place; `items.*.status` means each action's status, as Elasticsearch reads it."""
        found = []
        for path in self.paths:
            if path[0] == first and len(path) == 1:
                found.append(['**'])
            elif path[0] == first:
                found.append(path[2:] if len(path) > 2 else ['**'])
        return found


def thin(value, paths):
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, inner in value.items():
        matching = [path[1:] for path in paths if path and path[0] in (key, '*', '**')]
        if any(path[0] == '**' for path in paths if path) or any(not rest for rest in matching):
            kept[key] = inner
        elif matching:
            kept[key] = thin(inner, matching)
    return kept
