"""The judge itself: what it would say of an agent that loses, repeats or spoils, and of a sink that is spoken to wrongly."""
import json

import pytest

import elastic
import index as indices
import lines
import verdict

AUTHOR = lines.Author(1, 'app', refused_every=10)


def document(number, author=AUTHOR):
    return json.dumps({'message': author.message(number)}).encode()


@pytest.fixture
def full():
    """An index that holds twenty lines, but for the two that it refuses."""
    index = indices.Index('logs')
    for number in range(20):
        index.create(f'id{number}', document(number))
    return index


def said(index, **account):
    return verdict.judge([AUTHOR], {'app': 20}, {**index.account(), 'complaints': [], **account})


def test_nothing_is_said_when_each_line_is_there_once(full):
    assert said(full) == []
    assert full.create('id3', document(3)) == indices.CONFLICT and said(full) == [], 'what is refused as a repetition is not held'


def test_a_lost_line_is_named():
    index = indices.Index('logs')
    for number in {*range(20)} - {4, 5, 17}:
        index.create(f'id{number}', document(number))
    assert said(index) == ['app: 3 of 20 lines are lost: 4…5, 17']


def test_a_line_under_two_ids_is_held_twice(full):
    full.create('other', document(7))
    assert said(full)[0].startswith('app: 1 of 20 lines are held twice: 7; ') and len(said(full)) == 1


def test_a_rollover_forgets_the_ids(full):
    full.roll_over()
    assert full.create('id7', document(7)) == indices.CREATED
    assert said(full)[0].startswith('app: 1 of 20 lines are held twice: 7; ') and len(said(full)) == 1


def test_a_line_with_other_letters_is_spoilt(full):
    full.create('spoilt', document(3).replace(b' 3 ', b' 4 '))
    assert said(full)[0].startswith('1 documents are not as they were written')


def test_a_refused_line_must_have_been_offered():
    index = indices.Index('logs')
    for number in range(10):
        index.create(f'id{number}', document(number))
    for number in range(10, 19):
        index.create(f'id{number}', document(number))
    assert said(index) == ['app: lines that the index would have refused were not offered: 19']


def test_what_was_refused_must_be_parked_once_with_the_reason(full):
    account = full.account()
    told = [{'id': name, 'why': 'failed to parse field [number]'} for name in account['refused_ids']]
    assert verdict.judge_parked(account, told) == []
    assert verdict.judge_parked(account, told[:1])[0] == '1 refused documents are not parked, as id19'
    assert verdict.judge_parked(account, told + told[:1]) == ['3 documents are parked, and 2 were refused']
    assert 'do not say' in verdict.judge_parked(account, [told[0], {'id': 'id19'}])[0]


def test_a_ledger_that_does_not_sum_to_zero_is_told():
    def samples(**fates):
        return [('outrider_ledger_records_total', {'source': 'a', 'sink': 'b', 'fate': fate}, value) for fate, value in fates.items()]
    assert verdict.judge_ledger(samples(read=7, delivered=4, duplicate=2, parked=1)) == []
    assert verdict.judge_ledger(samples(read=7, delivered=4)) and verdict.judge_ledger(samples(read=7, delivered=6, dropped=1))
    assert verdict.judge_ledger([]) == ['no ledger on /metrics']


def test_a_bulk_request_that_no_client_may_send_is_a_complaint():
    for body in (b'{"create":{"_id":"1"}}\n{}', b'{"index":{"_id":"1"}}\n{}\n', b'{"create":{}}\n{}\n', b'{"create":{"_id":"1"}}\n'):
        with pytest.raises(ValueError):
            elastic.read_bulk('logs', body)
    assert elastic.read_bulk('logs', b'{"create":{"_id":"1"}}\n{}\n') == [('logs', '1', b'{}')]


@pytest.mark.parametrize('asked, item', [
    ('', {'create': {'_index': 'logs', '_id': '1', 'status': 429,
                     'error': {'type': 'es_rejected_execution_exception', 'reason': 'rejected execution of primary operation'}}}),
    ('errors,items.*.status', {'create': {'status': 429}}),
    ('errors,items.*.status,items.*.error.type', {'create': {'status': 429, 'error': {'type': 'es_rejected_execution_exception'}}}),
    ('items.create.error', {'create': {'error': {'type': 'es_rejected_execution_exception', 'reason': 'rejected execution of primary operation'}}})])
def test_an_answer_is_thinned_as_asked(asked, item):
    assert json.loads(indices.Answers(asked).item(429, 'logs', '1')) == item
