"""Both ends of a load of spans, each a process of its own: `send PORT REQUESTS CONNECTIONS [rootless] [grpc]` and `receive PORT [GRPC_PORT]`.

A request has five traces of 20 spans of about 250 bytes each, written once; only the traces' ids differ from one to the next."""
import concurrent.futures
import pathlib
import socket
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'e2e'))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from trace_lab import field, grpcio, request, varint  # noqa: E402

TRACES, SPANS = 5, 20
MARK = b'\xa1\xb2\xc3\xd4\xe5\xf6\x07\x18'  # the first half of each trace's id
EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
NAME = b'GET /orders/{id}'


def attribute(key, value):
    return field(9, field(1, key) + field(2, field(1, value)))


def span(trace, number):
    failed = trace == 0 and number == 7
    times = b''.join(varint(at << 3 | 1) + (1_795_260_363_000_000_000 + ns).to_bytes(8, 'little') for at, ns in ((7, 0), (8, 1_500_000 * (number + 1))))
    parent = field(4, (trace * SPANS + 1).to_bytes(8, 'big')) if number else b''
    return (field(1, MARK + trace.to_bytes(8, 'big')) + field(2, (trace * SPANS + number + 1).to_bytes(8, 'big')) + parent + field(5, NAME) + b'\x30\x02' + times
            + attribute(b'http.request.method', b'GET') + attribute(b'http.route', b'/orders/{id}') + attribute(b'url.path', b'/orders/1234567')
            + attribute(b'server.address', b'tests-api.school.example') + attribute(b'user_agent.original', b'curl/8') + (field(15, b'\x18\x02') if failed else b''))


def bodies(first, count, rooted=True):
    """With ids of their own."""
    template = request([span(trace, number) for trace in range(TRACES) for number in range(0 if rooted else 1, SPANS)])
    for number in range(first, first + count):
        yield template.replace(MARK, (0x517cc1b727220a95 * (number + 1) % 2**64).to_bytes(8, 'big'))


def send(port, requests, connections, rooted):
    failed = []

    def one(which):
        with socket.create_connection(('127.0.0.1', port)) as wire:
            answers = wire.makefile('rb')
            for body in bodies(which * requests, requests // connections, rooted):
                while True:
                    wire.sendall(b'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n' % len(body) + body)
                    status = answers.readline().split()[1]
                    length = 0
                    while (line := answers.readline()) != b'\r\n':
                        if line.lower().startswith(b'content-length:'):
                            length = int(line.split(b':')[1])
                    answers.read(length)
                    if status == b'200':
                        break
                    if status != b'503':
                        failed.append(status)
                        return
    in_threads(one, connections)
    sys.exit(f'answered with {failed}' if failed else 0)


def send_by_grpc(port, requests, connections, rooted):
    grpc, why_not = grpcio()
    if grpc is None:
        sys.exit(why_not)
    failed = []

    def one(which):
        with grpc.insecure_channel(f'127.0.0.1:{port}', options=[('grpc.use_local_subchannel_pool', 1)]) as channel:
            export = channel.unary_unary(EXPORT)
            for body in bodies(which * requests, requests // connections, rooted):
                while True:
                    try:
                        export(body, timeout=30)
                        break
                    except grpc.RpcError as trouble:
                        if trouble.code() != grpc.StatusCode.UNAVAILABLE:
                            failed.append(trouble.code())
                            return
    in_threads(one, connections)
    sys.exit(f'answered with {failed}' if failed else 0)


def in_threads(work, count):
    threads = [threading.Thread(target=work, args=(which,)) for which in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def receive_by_grpc(port, take):
    grpc, why_not = grpcio()
    if grpc is None:
        sys.exit(why_not)

    def export(body, _):
        take(body)
        return b''
    service, method = EXPORT[1:].split('/')
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {method: grpc.unary_unary_rpc_method_handler(export)})])
    server.add_insecure_port(f'127.0.0.1:{port}')
    server.start()
    return server


def receive(port, grpc_port=None):
    """Takes all; says how many spans so far whenever it is asked (GET)."""
    taken, lock = [0], threading.Lock()

    def take(body):
        with lock:
            taken[0] += body.count(NAME)

    def one(wire):
        wires = wire.makefile('rb')
        while line := wires.readline():
            length = 0
            while (header := wires.readline()) not in (b'\r\n', b''):
                if header.lower().startswith(b'content-length:'):
                    length = int(header.split(b':')[1])
            body = wires.read(length)
            take(body)
            answer = str(taken[0]).encode() if line.startswith(b'GET') else b''
            wire.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n' % len(answer) + answer)
    by_grpc = receive_by_grpc(grpc_port, take) if grpc_port else None  # while it is held it listens
    listener = socket.create_server(('127.0.0.1', port))
    while True:
        threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()


if __name__ == '__main__':
    if sys.argv[1] == 'send':
        (send_by_grpc if 'grpc' in sys.argv else send)(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), 'rootless' not in sys.argv)
    receive(*map(int, sys.argv[2:]))
