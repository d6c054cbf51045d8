"""What the oracle says at the end: everything that was written has arrived once, and what is told of it is true."""
import json

import index as indices

FATES = ('delivered', 'duplicate', 'parked', 'returned', 'dropped')


def judge(authors, written, account, parked=None):
    """Sentences about what is wrong. `written`: stream → how many lines. `parked`: what the agent says it has parked."""
    wrong = [f'the sink was spoken to wrongly: {complaint}' for complaint in account['complaints']]
    if account['spoilt_total']:
        wrong.append(f'{account["spoilt_total"]} documents are not as they were written, as {account["spoilt"][0]!r}')
    for author in authors:
        stream, total = author.stream, written[author.stream]
        held = {number for begin, end in account['held'].get(stream, []) for number in range(begin, end)}
        refused = set(account['refused'].get(stream, []))
        to_be_refused = {number for number in range(total) if author.refused(number)} if account['refused_ids'] else set()
        lost = set(range(total)) - held - to_be_refused
        twice = account['twice'].get(stream, [])
        if lost:
            wrong.append(f'{stream}: {len(lost)} of {total} lines are lost: {shown(lost)}')
        if twice:
            wrong.append(f'{stream}: {len(twice)} of {total} lines are held twice: {shown(twice)}; {account["again"]}')
        if held - set(range(total)):
            wrong.append(f'{stream}: lines that were never written are held: {shown(held - set(range(total)))}')
        if to_be_refused - refused:
            wrong.append(f'{stream}: lines that the index would have refused were not offered: {shown(to_be_refused - refused)}')
    if parked is not None:
        wrong += judge_parked(account, parked)
    return wrong


def judge_parked(account, parked):
    """Each refused document is parked once, with what the index said."""
    text = json.dumps(parked, ensure_ascii=False)
    missing = [name for name in account['refused_ids'] if name not in text]
    wrong = [f'{len(missing)} refused documents are not parked, as {missing[0]}'] if missing else []
    if len(parked) != len(account['refused_ids']):
        wrong.append(f'{len(parked)} documents are parked, and {len(account["refused_ids"])} were refused')
    silent = [entry for entry in parked if 'failed to parse' not in json.dumps(entry)]
    if silent:
        wrong.append(f'{len(silent)} parked documents do not say what the index said, as {silent[0]}')
    return wrong


def judge_ledger(samples):
    """Read = what became of it, for each source and sink; nothing in flight, nothing dropped."""
    books, wrong = {}, []
    for name, labels, value in samples:
        key = (labels.get('source'), labels.get('sink'))
        if name == 'outrider_ledger_records_total':
            books.setdefault(key, {})[labels['fate']] = value
        elif name == 'outrider_ledger_in_flight_records':
            books.setdefault(key, {})['in flight'] = value
        elif name == 'outrider_ledger_imbalance_records' and value:
            wrong.append(f'the ledger is out of balance by {value:g} records from {key[0]} to {key[1]}')
    if not books:
        wrong.append('no ledger on /metrics')
    for (source, sink), book in books.items():
        told = sum(book.get(fate, 0) for fate in FATES)
        if book.get('in flight') or book.get('dropped') or book.get('read', 0) != told:
            wrong.append(f'the ledger from {source} to {sink} does not sum to zero: {book}')
    return wrong


def settled(samples):
    """Nothing is in flight, and everything that was read is accounted for."""
    return bool(samples) and not judge_ledger(samples)


def shown(numbers):
    runs = indices.ranges(numbers)
    text = ', '.join(f'{begin}' if end == begin + 1 else f'{begin}…{end - 1}' for begin, end in runs[:8])
    return text + (f' and {len(runs) - 8} more' if len(runs) > 8 else '')
