"""The row of alerts: which stand, and whether those who are to hear of them do."""

from panels import GREEN, RED, mapping, row, series, states
from queries import increase, of


def alerts():
    return row(111, "Alerts, and who is told", collapsed=True), [
        (series(240, "Alerts, by how far they are", "firing: people were told, or are being told. acknowledged: somebody looks at it.",
                [("{{service}} {{state}}", of("alert_standing"))], "short"), 8, 6),
        (states(241, "Do people hear?", "Deaf: the last delivery has failed. Messages wait, and are tried again.",
                [("{{service}} {{notifier}}", of("alert_notifier_failing"))], mapping(Hears=(0, GREEN), Deaf=(1, RED))), 8, 6),
        (series(242, "Messages, by what became of them", "superseded: a newer one said more. refused and given_up reached nobody.",
                [("{{notifier}} {{fate}}", increase("alert_messages_total", "notifier, fate"))], "short", bars=True), 8, 6),
        (series(243, "Messages that wait", "At most one an alert; and deliveries that failed.",
                [("{{notifier}} wait", of("alert_waiting_messages")),
                 ("{{notifier}} failed", increase("alert_delivery_failures_total", "notifier"))], "short"), 8, 6),
        (series(244, "How long the oldest has waited", "And how long ago each notifier last took one.",
                [("{{notifier}} waits", of("alert_oldest_waiting_seconds")),
                 ("{{notifier}} last took one", f'time() - ({of("alert_last_delivered_timestamp_seconds")} > 0)')], "s"), 8, 6),
        (series(245, "Heartbeats, and what there was no room for", "failed heartbeats make the dead man's switch call; that is what it is for.",
                [("heartbeats {{result}}", increase("alert_heartbeats_total", "result")),
                 ("{{service}} overlooked", increase("alert_overlooked_total", "service")),
                 ("{{service}} not written down", increase("alert_book_failures_total", "service"))], "short", bars=True), 8, 6),
    ]
