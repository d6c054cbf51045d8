"""Other agents on the same file, when they are on PATH: durable, each as its manual says, parsing JSON, into the same sink."""
import shutil

STATES = ('fluent-bit', 'otelcol', 'vector')


def found(yard, path):
    """(name, a function that makes its command line anew) of each that is there."""
    for name, programs, command in (('Fluent Bit', ('fluent-bit',), fluent_bit), ('the OpenTelemetry Collector', ('otelcol-contrib', 'otelcol'), otelcol),
                                    ('Vector', ('vector',), vector)):
        program = next(filter(None, map(shutil.which, programs)), None)
        if program:
            yield name, lambda program=program, command=command: command(yard, program, path)


def written(yard, name, text):
    """The path of its configuration, beside a folder for its state."""
    (yard.folder / name.split('.')[0]).mkdir(exist_ok=True)
    (yard.folder / name).write_text(text)
    return str(yard.folder / name)


def fluent_bit(yard, program, path):
    state = yard.folder / 'fluent-bit'
    return [program, '-q', '-c', written(yard, 'fluent-bit.yaml', f"""
service: {{flush: 0.2, storage.path: {state}/chunks, storage.sync: normal, parsers_file: {parsers(yard)}}}
pipeline:
  inputs: [{{name: tail, path: {path}, read_from_head: true, db: {state}/tail.db, storage.type: filesystem, parser: json,
             buffer_chunk_size: 1M, buffer_max_size: 2M}}]
  outputs: [{{name: es, match: '*', host: 127.0.0.1, port: {yard.sink.port}, index: logs, generate_id: true, suppress_type_name: true,
              retry_limit: no_limits}}]
""")]


def parsers(yard):
    return written(yard, 'parsers.conf', '[PARSER]\n    Name json\n    Format json\n    Time_Key time\n    Time_Format %Y-%m-%dT%H:%M:%S.%LZ\n')


def otelcol(yard, program, path):
    state = yard.folder / 'otelcol'
    return [program, '--config', written(yard, 'otelcol.yaml', f"""
extensions: {{file_storage: {{directory: {state}}}}}
receivers:
  filelog: {{include: [{path}], start_at: beginning, storage: file_storage, poll_interval: 200ms, operators: [{{type: json_parser}}]}}
exporters:
  elasticsearch: {{endpoints: ["http://127.0.0.1:{yard.sink.port}"], logs_index: logs, compression: none,
                   sending_queue: {{enabled: true, storage: file_storage}}}}
service:
  extensions: [file_storage]
  telemetry: {{metrics: {{level: none}}}}
  pipelines: {{logs: {{receivers: [filelog], exporters: [elasticsearch]}}}}
""")]


def vector(yard, program, path):
    state = yard.folder / 'vector'
    return [program, '--quiet', '--config', written(yard, 'vector.yaml', f"""
data_dir: {state}
sources: {{file: {{type: file, include: [{path}], read_from: beginning}}}}
transforms: {{parse: {{type: remap, inputs: [file], source: '. = merge(., object!(parse_json!(.message)))'}}}}
sinks:
  out: {{type: elasticsearch, inputs: [parse], endpoints: ["http://127.0.0.1:{yard.sink.port}"], bulk: {{index: logs}}, healthcheck: {{enabled: false}},
         buffer: {{type: disk, max_size: 1073741824, when_full: block}}, acknowledgements: {{enabled: true}}}}
""")]
