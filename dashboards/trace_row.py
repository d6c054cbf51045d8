"""The row of traces: do spans come in, and do they go on?"""

from panels import GREEN, RED, mapping, row, series, states
from queries import increase, of, rate


def traces():
    return row(112, "Traces", collapsed=True), [
        (states(300, "Can OTLP come in?", "Deaf: the port is in use. Senders keep what they have for a while, and then give it up.",
                [("{{service}} {{listener}}", of("otlp_listening"))], mapping(Hears=(1, GREEN), Deaf=(0, RED))), 8, 6),
        (series(301, "Requests over OTLP, by status", "200: what was in them is on the disk. 503: there was no room, and the sender comes again. Anything "
                "else is the sender's to mend.",
                [("{{listener}} {{status}}", rate("otlp_requests_total", "listener, status"))], "reqps"), 8, 6),
        (series(302, "Broken ids", "Spans with broken ids are not taken, and their senders told; log records are taken without them. What becomes of "
                "the others: the ledger, sources traces and otlp, under Telemetry.",
                [("{{listener}} spans", increase("otlp_refused_spans_total", "listener")),
                 ("{{listener}} of log records", increase("otlp_broken_ids_total", "listener"))], "short", bars=True), 8, 6),
        (series(340, "Metrics over OTLP out of the ordinary", "refused: not taken, and their sender told why. folded: counted as other, since there are "
                "as many series as may be. repeated: deltas that came twice, and were added once.",
                [("{{listener}} refused", increase("otlp_refused_points_total", "listener")),
                 ("{{service}} folded", increase("otlp_folded_points_total", "service")),
                 ("{{service}} repeated", increase("otlp_repeated_points_total", "service"))], "short", bars=True), 8, 6),
        (series(303, "Requests to receivers, by what came of them", "Anything but taken: the spans wait, or were refused and parked. Held wants "
                "a human: credentials, the address.",
                [("{{sink}} {{answer}}", increase("otlp_sink_requests_total", "sink, answer"))], "short", bars=True), 8, 6),
        (series(304, "Spans and points that receivers left out", "They took the request, and said that they will never take so many of what is in it.",
                [("{{sink}} spans", increase("otlp_sink_rejected_spans_total", "sink")),
                 ("{{sink}} points", increase("otlp_sink_rejected_points_total", "sink"))], "short", bars=True), 8, 6),
        (states(319, "Do receivers take them?", "Away: the last request was not answered, or not taken for now; another one of its sink takes over, "
                "or the spans wait.",
                [("{{sink}} {{receiver}}", of("otlp_sink_receiver_up"))], mapping(Takes=(1, GREEN), Away=(0, RED))), 8, 6),
        (series(305, "Bytes to receivers", "As they were packed.", [("{{sink}}", rate("otlp_sink_sent_bytes_total", "sink"))], "Bps"), 8, 6),
        (series(306, "Traces, by what was decided", "kept, and by which rule; let go. Without traces.sample there is nothing here: all are kept.",
                [("{{verdict}}: {{rule}}", rate("sampling_traces_total", "verdict, rule"))], "short"), 8, 6),
        (series(307, "Why traces were judged when they were", "entry_ended is as it should be. waited: where they were entered is not sent here. "
                "too_many: raise traces.sample.most_traces, or they are judged by half of what they are.",
                [("{{why}}", rate("sampling_judgements_total", "why"))], "short"), 8, 6),
        (series(308, "Spans out of the ordinary", "late: they came after their trace was judged, and follow it. thinned: their trace is too large. "
                "folded: counted as other, since there are too many operations, or pairs of services. "
                "unpaired: who calls, or is called, is sent elsewhere or not traced.",
                [("{{service}} late", increase("sampling_late_spans_total", "service")),
                 ("{{service}} thinned", increase("sampling_thinned_spans_total", "service")),
                 ("{{service}} folded", increase("span_metrics_folded_spans_total", "service")),
                 ("{{service}} folded calls", increase("service_graph_folded_calls_total", "service")),
                 ("{{service}} unpaired", increase("service_graph_unpaired_spans_total", "service"))], "short", bars=True), 8, 6),
        (series(309, "Traces that wait for their judgement", "At most traces.sample.most_traces.",
                [("{{service}}", of("sampling_waiting_traces"))], "short"), 8, 6),
        (series(320, "Log lines that follow their trace", "released: it is kept; let_go: it is not. undecided_waited: its spans do not come here, or too late; "
                "undecided_crowded: raise logs.follow_traces.most.",
                [("{{fate}}", rate("following_lines_total", "fate"))], "short"), 8, 6),
        (series(321, "Log lines that wait for their trace", "At most logs.follow_traces.most bytes of them.",
                [("{{service}} lines", of("following_held_lines"))], "short"), 8, 6),
        (series(322, "Bytes of log lines that wait for their trace", "In memory, of files, and on the disk, of what cannot be read again.",
                [("{{service}}", of("following_held_bytes"))], "bytes"), 8, 6),
    ]
