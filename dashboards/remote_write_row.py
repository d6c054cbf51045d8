"""The row of metrics that are sent on: do their receivers have them?"""

from panels import GREEN, RED, mapping, row, series, states
from queries import increase, of, rate


def sent_metrics():
    return row(113, "Metrics that are sent on", collapsed=True), [
        (series(480, "How far receivers are behind", "The age of the oldest samples that a receiver of metrics.remote_write does not have. They wait on the "
                "disk: Room in the spool, under Telemetry. What comes late here was late.",
                [("{{sink}}", of("remote_write_behind_seconds"))], "s"), 8, 6),
        (states(481, "Do receivers take samples?", "Away: the last request was not answered, or not taken for now; another one of its sink takes over, "
                "or the samples wait.",
                [("{{sink}} {{receiver}}", of("remote_write_receiver_up"))], mapping(Takes=(1, GREEN), Away=(0, RED))), 8, 6),
        (series(482, "Samples sent, and refused", "refused: the receiver will never take them; the log names one and says why. They are lost.",
                [("{{sink}} {{fate}}", rate("remote_write_samples_total", "sink, fate"))], "cps"), 8, 6),
        (series(483, "Requests with samples, by what came of them", "Anything but taken: the samples wait, or are looked through for the series that is "
                "meant. Held wants a human: credentials, the address.",
                [("{{sink}} {{answer}}", increase("remote_write_requests_total", "sink, answer"))], "short", bars=True), 8, 6),
        (series(486, "Samples that a receiver took and did not write", "Of receivers of 2.0, which say how much they have written. The log says when it began.",
                [("{{sink}} samples", increase("remote_write_samples_total", "sink", 'fate="unwritten"')),
                 ("{{sink}} exemplars", increase("remote_write_unwritten_exemplars_total", "sink"))], "short", bars=True), 8, 6),
        (states(487, "Which version of remote write is spoken", "With version: auto it is 2.0 where the receiver knows it.",
                [("{{sink}}", of("remote_write_version"))], mapping(**{"1.0": (1, GREEN), "2.0": (2, GREEN)})), 8, 6),
        (series(484, "Bytes of samples sent", "As they were packed.", [("{{sink}}", rate("remote_write_sent_bytes_total", "sink"))], "Bps"), 8, 6),
        (series(485, "Samples that were not taken", "clock: it was set back. late: a round took longer than `every`.",
                [("{{instance}} {{why}}", increase("remote_write_skipped_total", "instance, why"))], "short", bars=True), 8, 6),
    ]
