"""The dashboard "Outrider overview": is it well, what changed, and then each part in turn.

A panel's number is part of the links in alerts: it never changes and is never used again.
"""

from alert_row import alerts
from incident_panels import incident_panels
from machine_row import machine
from panels import (BLUE, GREEN, GREY, PURPLE, RED, YELLOW, annotation, dashboard, datasource_variable, mapping,
                    query_variable, row, series, stat, states, table, thresholds)
from queries import WHERE, increase, of, one_of, quantile, rate
from recovery_row import recovery
from remote_write_row import sent_metrics
from servers_row import servers
from trace_row import traces
from usage_row import postgres, usage

UID = "outrider-overview"
EACH = "{{service}} {{instance}}"
STATE = mapping(Healthy=(1, GREEN), Unknown=(2, GREY), Sick=(3, RED))
PHASES = [("idle", 1, GREY), ("starting", 2, BLUE), ("running", 3, GREEN), ("stopping", 4, YELLOW), ("killing", 5, YELLOW),
          ("waiting", 6, YELLOW), ("given_up", 7, RED), ("ended", 8, PURPLE)]
STANDING = mapping(Ok=(1, GREEN), Unknown=(2, GREY), Not_ok=(3, RED))


def ok():
    health = one_of("health_state", "state", "service, instance, target", (("healthy", 1), ("unknown", 2), ("sick", 3)))
    # Targets are the probes and the service; here it is the service alone.
    health += f' and on (service, target) label_replace(group by (service) ({of("build_info")}), "target", "$1", "service", "(.+)")'
    return row(100, "Am I OK?"), [
        (stat(1, "Is Outrider there?", "Whether Prometheus reaches each Outrider. Down means that nobody watches the service "
              "beside it.", [("{{instance}}", 'up{job=~"$job", instance=~"$instance"}')],
              mappings=mapping(Up=(1, GREEN), Down=(0, RED))), 4, 5),
        (stat(2, "Is the service healthy?", "The verdict that its probes add up to. Unknown is not well: it means that "
              "nobody can tell.", [("{{service}} {{instance}}", health)], mappings=STATE), 4, 5),
        (stat(3, "Is the service running?", "Whether the supervised process exists. Not running for 2 minutes pages.",
              [(EACH, of("supervise_child_up"))], mappings=mapping(Running=(1, GREEN), Not_running=(0, RED))), 4, 5),
        (stat(4, "Restarts left in the budget", "At 0 Outrider does not restart the service by itself: its next trouble "
              "needs a person.", [(EACH, of("supervise_restart_budget_left"))],
              thresholds=thresholds((0, RED), (1, YELLOW), (2, GREEN))), 3, 5),
        (stat(5, "Is the evidence whole?", "The hash chain of the audit trail. Broken means that what Outrider did cannot "
              "be proven.", [(EACH, of("audit_chain_intact"))], mappings=mapping(Intact=(1, GREEN), Broken=(0, RED))), 3, 5),
        (stat(6, "Does everything flow?", "Whether any sink takes nothing any more. Stalled records wait, and are dropped "
              "when the buffer is full.", [("{{service}} {{sink}}", of("sink_stalled"))],
              mappings=mapping(Flowing=(0, GREEN), Stalled=(1, RED))), 3, 5),
        (stat(8, "Is its configuration in force?", "Refused means that it runs on the old one, and that a restart of "
              "Outrider would fail.", [(EACH, of("config_last_reload_successful"))],
              mappings=mapping(In_force=(1, GREEN), Refused=(0, RED))), 3, 5),
        (table(7, "What is firing?", "Every alert about the chosen services that fires now. With All chosen the Watchdog "
               "stands here too: when it is missing no alert can be trusted.",
               [("", f'ALERTS{{alertstate="firing", {WHERE}}}')], hidden=("alertstate", "Value", "component"),
               renamed={"alertname": "Alert", "severity": "Severity", "service": "Service", "instance": "Instance"},
               links=[("Service", "This service alone", f"/d/{UID}/{UID}?var-service=${{__value.raw:percentencode}}"
                       "&${__url_time_range}")]), 24, 6),
    ]


def changes():
    health = one_of("health_state", "state", "service, instance, target", (("healthy", 1), ("unknown", 2), ("sick", 3)))
    standing = one_of("probe_standing", "standing", "service, instance, probe, kind",
                      (("ok", 1), ("unknown", 2), ("not_ok", 3)))
    return row(101, "What changed?"), [
        (states(10, "Health of the service", "When each verdict changed. Grey is unknown: nothing is restarted on it.",
                [("{{service}} {{instance}} {{target}}", health)], STATE), 24, 5),
        (states(11, "Phase of the supervisor", "What the supervisor was doing with the process, phase by phase.",
                [(EACH, one_of("supervise_phase", "phase", "service, instance", [(name, value) for name, value, _ in PHASES]))],
                mapping(**{name.capitalize(): (value, colour) for name, value, colour in PHASES})), 24, 5),
        (states(12, "Answers of the probes", "What each probe heard last. Not ok turns into sick only after a run of "
                "failures.", [("{{service}} {{instance}} {{probe}} ({{kind}})", standing)], STANDING), 24, 6),
        (series(13, "Entries of the timeline", "How much happened, by kind; the entries themselves are on the status page "
                "and in `outrider timeline`.", [("{{kind}}", increase("incident_events_total", "kind"))], "short", bars=True),
         24, 6),
        *incident_panels(series, of, increase, rate, EACH),
    ]


def service():
    return row(102, "The service"), [
        (series(20, "Restarts, by cause", "exit: it died. sick: its probes said so. operator: a person asked.",
                [("{{service}} {{cause}}", increase("supervise_restarts_total", "service, cause")), ("{{service}} taken over",
                 increase("supervise_taken_over_total", "service"))], "short", bars=True), 12, 7),
        (series(21, "Restarts held back, by reason", "What Outrider would have restarted, and why it did not.",
                [("{{service}} {{why}}", increase("supervise_restarts_refused_total", "service, why"))], "short", bars=True),
         12, 7),
        (series(22, "How it ended", "out_of_memory is the kernel's own count, not a guess from signal 9.",
                [("{{service}} {{how}}", increase("supervise_child_exits_total", "service, how"))], "short", bars=True), 8, 7),
        (series(23, "Restart budget", "What is left, below what is allowed in the window. At 0 nothing is restarted.",
                [("{{service}} {{instance}} left", of("supervise_restart_budget_left")),
                 ("{{service}} {{instance}} allowed", of("supervise_restart_budget_limit"))], "short"), 8, 7),
        (series(24, "Time from death to executing again", "How long nobody answered, for half and for 99 of 100 recoveries.",
                [("{{service}} p50", quantile(0.5, "supervise_recovery_seconds", "service")),
                 ("{{service}} p99", quantile(0.99, "supervise_recovery_seconds", "service"))], "s"), 8, 7),
        (series(25, "Age of the process", "A saw with many teeth is a service that does not stay up.",
                [(EACH, f'time() - {of("supervise_child_start_timestamp_seconds")}')], "s"), 12, 7),
        (series(26, "Changes of the verdict", "How often the service turned healthy, sick or unknown: flapping shows here.",
                [("{{service}} {{target}} {{state}}", increase("health_changes_total", "service, target, state"))],
                "short", bars=True), 12, 7),
        (states(27, "Can it be sent work?", "What its readiness says; grey where no probe has the role `ready`.",
                [(EACH, one_of("health_readiness", "readiness", "service, instance",
                               (("ready", 1), ("unknown", 2), ("not_ready", 3))))],
                mapping(Ready=(1, GREEN), Unknown=(2, GREY), Not_ready=(3, YELLOW))), 8, 6),
        (series(28, "Saturated, or explained by a dependency", "1 while it has too much to do, and 1 while something that it "
                "depends on explains its trouble: in neither case does a restart mend anything.",
                [("{{service}} {{instance}} saturated", of("health_saturated")),
                 ("{{service}} {{instance}} explained", of("health_explained"))], "short"), 8, 6),
        (states(29, "What is tried next", "Restarts, then a recreation, then a human: red is handed to you.",
                [(EACH, one_of("supervise_rung", "rung", "service, instance",
                               (("restart", 1), ("recreate", 2), ("human", 3))))],
                mapping(Restart=(1, GREEN), Recreate=(2, YELLOW), Human=(3, RED))), 8, 6),
        (series(36, "Maintenance and calendar", "1 while maintenance is under way, actions are frozen, or a time matters more.",
                [("{{service}} {{season}}", of("health_season"))], "short"), 8, 6),
        (series(33, "Did the restarts help?", "What it was found to be after each.",
                [("{{service}} {{found}}", increase("supervise_verifications_total", "service, found"))], "short", bars=True), 8, 6),
        (series(34, "Requests for the fleet's lease", "One replica at a time: who asked, and what came of it.",
                [("{{service}} {{result}}", increase("supervise_lease_requests_total", "service, result"))], "short",
                bars=True), 8, 6),
        (series(35, "Who holds the fleet's lease", "More than one at a time would be a fault.",
                [(EACH, of("supervise_lease_held"))], "short"), 8, 6),
    ]

def probes():
    return row(103, "Probes"), [
        (series(30, "Answers a second", "How many answers came, by what they said. Unknown is trouble on our own side.",
                [("{{probe}} {{standing}}", rate("probe_answers_total", "probe, standing"))], "cps"), 12, 7),
        (series(31, "How long an answer takes", "When this nears the probe's timeout, the probe will fail next.",
                [("{{probe}} p50", quantile(0.5, "probe_duration_seconds", "probe")),
                 ("{{probe}} p99", quantile(0.99, "probe_duration_seconds", "probe"))], "s", exemplar=True), 12, 7),
        (states(251, "Are the promises kept?", "Sick while an objective burns its error budget too fast, or has spent it; grey "
                "while too little was seen.", [("{{service}} {{objective}}", one_of("slo_state", "state", "service, objective",
                                                (("healthy", 1), ("unknown", 2), ("sick", 3))))], STATE), 8, 6),
        (series(250, "Error budget left", "1 is all of it, below 0 it is overspent. Of the part of the period that was seen.",
                [("{{service}} {{objective}}", of("slo_budget_left_ratio")),
                 ("{{service}} {{objective}} seen", of("slo_seen_ratio"))], "percentunit"), 8, 6),
        (series(252, "How fast the budgets burn", "1 spends it in exactly the period. Long and short windows must agree before "
                "anybody is told.", [("{{objective}} {{window}}", of("slo_burn_rate")),
                                     ("{{objective}} calls for {{urgency}}", of("slo_urgency") + " == 1")], "short"), 8, 6),
        (series(253, "Answers that count", "Good and bad, beside what was promised.",
                [("{{objective}} {{result}}", increase("slo_answers_total", "objective, result")),
                 ("{{objective}} promised", of("slo_target_ratio"))], "short", bars=True), 24, 6),
        (series(32, "Age of the last answer", "It should never exceed the probe's interval by much: an old answer proves "
                "nothing.", [("{{service}} {{probe}}", f'time() - {of("probe_last_run_timestamp_seconds")}')], "s"), 24, 6),
    ]


def telemetry():
    return row(104, "Telemetry"), [
        (series(40, "Records: read, and what became of them", "The ledger of each stream and sink. Read should be delivered.",
                [("{{source}} → {{sink}} {{fate}}", rate("ledger_records_total", "source, sink, fate"))], "cps"), 12, 7),
        (series(41, "Bytes: read, and what became of them", "The same ledger in bytes.",
                [("{{source}} → {{sink}} {{fate}}", rate("ledger_bytes_total", "source, sink, fate"))], "Bps"), 12, 7),
        (series(42, "Records in flight", "What waits for its sink now. Growing means that the sink is slower than the source.",
                [("{{source}} → {{sink}}", of("ledger_in_flight_records"))], "short"), 8, 7),
        (series(43, "Records dropped, by reason", "What never arrived, and why. filtered, sampled, rate_limited, routed and trace_let_go are as configured; of the rest, any is too much.",
                [("{{source}} → {{sink}} {{reason}}", increase("ledger_dropped_records_total", "source, sink, reason"))],
                "short", bars=True), 8, 7),
        (series(44, "Errors of the sinks", "Deliveries that failed; the records are offered again.",
                [("{{sink}}", increase("sink_errors_total", "sink"))], "short", bars=True), 8, 7),
        (states(45, "Are the sinks taking?", "When each sink stalled, and for how long.",
                [("{{service}} {{sink}}", of("sink_stalled"))], mapping(Flowing=(0, GREEN), Stalled=(1, RED))), 12, 6),
        (series(46, "What the ledger cannot explain", "read less delivered, duplicate, parked, returned, dropped and in flight, counted apart. Anything but 0 is "
                "loss or doubling without account, and a fault of Outrider.",
                [("{{service}} {{source}} → {{sink}}", of("ledger_imbalance_records"))], "short", lowest=None), 12, 6),
        (states(47, "Do the scrapes answer?", "Whether the service's own metrics are being collected.",
                [("{{service}} {{target}}", of("scrape_up"))], mapping(Up=(1, GREEN), Down=(0, RED))), 12, 6),
        (series(48, "How long a scrape takes", "When this nears the scrape's timeout, series will go missing next.",
                [("{{target}}", of("scrape_duration_seconds"))], "s"), 12, 6),
        (series(49, "Series a scrape brings", "A sudden rise is a label with too many values.",
                [("{{target}}", of("scrape_samples"))], "short"), 12, 6),
        (series(50, "Errors of the scrapes, by reason", "Why a scrape, or a part of what it brought, could not be used.",
                [("{{target}} {{reason}}", increase("scrape_errors_total", "target, reason"))], "short", bars=True), 12, 6),
        (series(51, "Torn lines that were ended", "Last lines found cut off when a file was opened: the trace of a power cut, or of "
                "another writer.", [("{{sink}}", increase("file_torn_lines_total", "sink"))], "short", bars=True), 12, 6),
        (series(203, "Files: followed, and held open", "Files that are read as they grow, and deleted ones that wait for a sink.",
                [("{{source}} followed", of("file_watched")), ("{{source}} deleted and held", of("file_held_files"))],
                "short"), 8, 7),
        (series(204, "Bytes of files that wait to be read", "Growing means that the sink is slower than the files. Held: space of "
                "deleted files that is not free before they are read.",
                [("{{source}} → {{sink}}", of("file_unread_bytes")), ("{{source}} held", of("file_held_bytes"))], "bytes"), 8, 7),
        (series(205, "Bytes of files: read, and lost", "What went before it was read is lost. Any of it is too much.",
                [("{{source}} → {{sink}} read", rate("file_read_bytes_total", "source, sink")),
                 ("{{source}} lost: {{reason}}", rate("file_lost_bytes_total", "source, reason"))], "Bps"), 8, 7),
        (series(206, "Rotations, by how", "How the files are rotated away. Truncated: what was not read by then must be found in a copy.",
                [("{{source}} {{kind}}", increase("file_rotations_total", "source, kind"))], "short", bars=True), 24, 6),
        (series(52, "Lines that could not be read", "They passed as text, with the reason in error.message. Many of them: the format "
                "is not what the configuration says.", [("{{service}} {{format}}", rate("parse_failures_total", "service, format"))],
                "cps"), 12, 6),
        (series(53, "Secrets that were redacted, by kind", "What was kept from leaving. A sudden rise: something began to log them.",
                [("{{service}} {{kind}}", increase("redacted_total", "service, kind"))], "short", bars=True), 12, 6),
        (states(166, "Can syslog come in?", "Deaf: the port is in use, or the certificate cannot be read. Senders over UDP lose what they send.",
                [("{{service}} {{listener}}", of("syslog_listening"))], mapping(Hears=(1, GREEN), Deaf=(0, RED))), 12, 6),
        (series(167, "Syslog datagrams that the kernel threw away", "They came faster than they were read. They are lost.",
                [("{{listener}}", increase("syslog_lost_datagrams_total", "listener"))], "short", bars=True), 12, 6),
        (series(168, "Senders of syslog", "How many are connected.", [("{{listener}}", of("syslog_connections"))], "short"), 12, 6),
        (series(169, "Syslog that was cut", "Senders that were cut off, by reason, and messages that were too long.",
                [("{{listener}} {{reason}}", increase("syslog_cut_off_senders_total", "listener, reason")),
                 ("{{listener}} messages", increase("syslog_cut_messages_total", "listener"))], "short", bars=True), 12, 6),
        (states(230, "Can the journal be read?", "No: libsystemd is missing, or the rights, or the directory. It is tried again every 10 s.",
                [("{{service}} {{source}} to {{sink}}", of("journal_open"))], mapping(Reads=(1, GREEN), Unread=(0, RED))), 12, 6),
        (series(231, "Entries of the journal that were missed", "They were vacuumed, or lay in a damaged file, before the sink had them. They are lost.",
                [("{{sink}} gaps", increase("journal_gaps_total", "sink")),
                 ("{{sink}} entries", increase("journal_gap_entries_total", "sink")),
                 ("{{sink}} damaged", increase("journal_damaged_entries_total", "sink")),
                 ("{{source}} files", of("journal_unreadable_files"))], "short", bars=True), 12, 6),
        (series(232, "Entries read from the journal", "For each sink.", [("{{sink}}", rate("journal_read_entries_total", "sink"))], "cps"), 12, 6),
        (series(233, "How far a sink is behind the journal", "The age of the entry that was read last, while there are more.",
                [("{{source}} to {{sink}}", of("journal_behind_seconds"))], "s"), 12, 6),
        (series(164, "Requests of http sinks, by what came of them", "Anything but taken: the records wait, or were refused and parked. Held "
                "wants a human: credentials, the path, the form.",
                [("{{sink}} {{answer}}", increase("http_sink_requests_total", "sink, answer"))], "short", bars=True), 12, 6),
        (series(165, "Bytes of http sinks", "As they were packed.", [("{{sink}}", rate("http_sink_sent_bytes_total", "sink"))], "Bps"), 12, 6),
        (states(160, "Is Logstash blocked?", "It is alive and takes nothing, since its own outputs do not. Nothing is lost while the "
                "buffer has room.", [("{{service}} {{sink}}", of("logstash_blocked"))], mapping(Taking=(0, GREEN), Blocked=(1, RED))),
         12, 6),
        (series(161, "Connections to Logstash, and failures", "A failure is taken over by another host, or tried again. Many connections: "
                "something between cuts them.",
                [("{{host}} connections", increase("logstash_connections_total", "host")),
                 ("{{host}} {{reason}}", increase("logstash_failures_total", "host, reason"))], "short", bars=True), 12, 6),
        (series(162, "Bytes to Logstash", "As they were packed.", [("{{sink}}", rate("logstash_sent_bytes_total", "sink"))], "Bps"), 12, 6),
        (series(163, "Sent to Logstash once more, and keep-alives", "What was sent again Logstash may have twice: its output should take "
                "the `_id` that is sent along.",
                [("{{sink}} records again", increase("logstash_resent_records_total", "sink")),
                 ("{{sink}} keep-alives", increase("logstash_keep_alives_total", "sink"))], "short", bars=True), 12, 6),
        (series(128, "Places that could not be saved", "Nothing is lost by it, but a crash now would send again what was read since, "
                "and the state directory needs room or a working disk.",
                [("{{service}}", increase("checkpoint_failures_total", "service"))], "short", bars=True), 12, 6),
        (series(200, "Records that are parked", "What a sink refused for good. It is kept: mend the cause, then `outrider parked replay`.",
                [("{{service}} {{sink}}", of("parked_records"))], "short"), 12, 6),
        (series(201, "Parked, and parked no more", "refused: parked now. replayed: taken after all. given_up: there was no more room.",
                [("{{sink}} refused", increase("parked_total", "sink")),
                 ("{{sink}} {{fate}}", increase("parked_removed_total", "sink, fate"))], "short", bars=True), 12, 6),
        (series(202, "Room for parked records", "When it is used up the sinks that refuse records stand still, or the oldest go.",
                [("{{instance}} used", of("parked_bytes")), ("{{instance}} most", of("parked_most_bytes"))], "bytes"), 12, 6),
        (series(220, "Room in the spool", "What waits on the disk for the sinks, and what may. When it is full debug lines go first, the oldest samples, and spans are not taken.",
                [("{{instance}} {{signal}} used", of("spool_bytes")), ("{{instance}} {{signal}} most", of("spool_most_bytes"))], "bytes"), 8, 6),
        (series(221, "Records in the spool", "Lines that cannot be read again, spans, and samples, that a sink has not taken yet.",
                [("{{instance}} {{signal}}", of("spool_records"))], "short"), 8, 6),
        (series(222, "Writes to the spool", "Each has a sync. Failed ones are tried again each second.",
                [("{{instance}} {{signal}} done", rate("spool_commits_total", "instance, signal")),
                 ("{{instance}} {{signal}} failed", rate("spool_commit_failures_total", "instance, signal"))], "cps"), 8, 6),
        (series(223, "Lost from the spool", "shed: it was full, by priority. damaged: the disk gave back something else than was written.",
                [("{{instance}} {{signal}} shed {{priority}}", increase("spool_shed_records_total", "instance, signal, priority")),
                 ("{{instance}} damaged", increase("spool_missing_records_total", "instance"))], "short", bars=True), 12, 6),
    ]


def elasticsearch():
    return row(110, "Elasticsearch and OpenSearch", collapsed=True), [
        (states(210, "Does the cluster hold us up?", "Nothing is taken until somebody mends something there: rights, a read-only index, "
                "the disk. Nothing is lost meanwhile.",
                [("{{service}} {{sink}}", of("elasticsearch_holding"))], mapping(Flowing=(0, GREEN), Held=(1, RED))), 12, 6),
        (states(211, "Its nodes", "Whether each node answered when last asked. One that fails rests, others take over.",
                [("{{service}} {{node}}", of("elasticsearch_node_up"))], mapping(Up=(1, GREEN), Down=(0, RED))), 12, 6),
        (series(212, "Requests, by status", "429 is back-pressure and slows us down; none: no answer came.",
                [("{{sink}} {{status}}", rate("elasticsearch_requests_total", "sink, status"))], "reqps"), 12, 6),
        (series(213, "How long a request takes", "When it grows, fewer requests are under way at once.",
                [("half", quantile(0.5, "elasticsearch_request_seconds", "sink")),
                 ("99 of 100", quantile(0.99, "elasticsearch_request_seconds", "sink"))], "s"), 12, 6),
        (series(214, "What it says of records", "duplicate: was sent before, and kept once. again: no room just now. hold: not before "
                "somebody mends something.",
                [("{{sink}} {{fate}}", rate("elasticsearch_items_total", "sink, fate"))], "cps"), 12, 6),
        (series(215, "Records refused, by type", "Refused for good, mostly since a field has another type in the index. They are parked.",
                [("{{sink}} {{type}}", increase("elasticsearch_refused_total", "sink, type"))], "short", bars=True), 12, 6),
        (series(216, "The failure store", "used: what the mapping refused, the cluster keeps there. failed: not even that.",
                [("{{sink}} {{result}}", increase("elasticsearch_failure_store_total", "sink, result"))], "short", bars=True), 12, 6),
        (series(217, "Requests at once, at most", "Grows while answers stay quick, shrinks when they slow down or are 429.",
                [("{{sink}}", of("elasticsearch_request_limit"))], "short"), 12, 6),
        (series(218, "What was in doubt", "May have been sent before, and was looked for since the data stream rolled over. twice: is there "
                "twice, since a right is missing.",
                [("{{sink}} {{result}}", increase("elasticsearch_doubt_total", "sink, result"))], "short", bars=True), 12, 6),
    ]


def agent():
    return row(105, "Outrider itself", collapsed=True), [
        (series(60, "Processor time", "Seconds of processor a second; 0.001 is a thousandth of a core.",
                [(EACH, rate("process_cpu_seconds_total", "service, instance"))], "s"), 8, 7),
        (series(61, "Memory", "What Outrider keeps resident.", [(EACH, of("process_resident_memory_bytes"))], "bytes"), 8, 7),
        (series(62, "Open descriptors", "A steady climb is a leak.", [(EACH, of("process_open_descriptors"))], "short"), 8, 7),
        (series(63, "How late the rivers are", "The two threads: decide judges and restarts, carry moves telemetry. Over a "
                "second late means that one is stuck.", [("{{instance}} {{river}}", of("river_lag_seconds"))], "s"), 12, 7),
        (series(64, "Ticks of the rivers", "One a second each, whatever the load. 0 is a stuck thread.",
                [("{{instance}} {{river}}", rate("river_turns_total", "instance, river"))], "hertz"), 12, 7),
        (series(65, "Reloads of the configuration", "applied: the new one is in force. refused: the old one is kept.",
                [("{{instance}} {{result}}", increase("config_reloads_total", "instance, result"))], "short", bars=True), 8, 7),
        (states(66, "Was the last reload applied?", "Refused means that the file on disk is not what runs.",
                [(EACH, of("config_last_reload_successful"))], mapping(Applied=(1, GREEN), Refused=(0, RED))), 8, 7),
        (series(67, "Audit trail", "Entries written, and failures to write one. An action whose intent cannot be written "
                "is not taken.", [("{{instance}} entries", increase("audit_entries_total", "instance")),
                                  ("{{instance}} failures", increase("audit_failures_total", "instance"))],
                "short", bars=True), 8, 7),
        (series(68, "Requests to its API", "By listener and class of answer. 5xx is a fault of ours.",
                [("{{listener}} {{status_class}}", rate("api_requests_total", "listener, status_class")),
                 ("not let in", rate("api_refused_total", "service"))], "reqps"), 12, 7),
        (series(69, "Answers on /metrics", "How often its own metrics were rendered, by format.",
                [("{{format}}", rate("sink_renders_total", "format"))], "reqps"), 12, 7),
        (table(70, "Versions", "Which Outrider runs where.", [("", of("build_info"))], hidden=("Value", "job"),
               renamed={"version": "Version", "service": "Service", "namespace": "Namespace", "instance": "Instance",
                        "environment": "Environment"}), 24, 6),
    ]


def overview():
    restarted = f'changes({of("supervise_child_start_timestamp_seconds")}[$__rate_interval]) > 0'
    reloaded = f'changes({of("config_last_reload_timestamp_seconds")}[$__rate_interval]) > 0'
    sickened = f'{increase("health_changes_total", "service, instance, target", "state=" + chr(34) + "sick" + chr(34))} > 0'
    about = 'job=~"$job"'
    return dashboard(
        UID, "Outrider overview",
        "One screen for the services that Outrider rides beside: is it well, what changed, and then each part in turn.",
        ["outrider", "overview"],
        [datasource_variable(),
         query_variable("job", "Job", "label_values(outrider_build_info, job)"),
         query_variable("namespace", "Namespace", f"label_values(outrider_build_info{{{about}}}, namespace)", ".*"),
         query_variable("service", "Service", f'label_values(outrider_build_info{{{about}, namespace=~"$namespace"}}, service)'),
         query_variable("instance", "Instance", f'label_values(outrider_build_info{{{about}, namespace=~"$namespace", '
                        'service=~"$service"}, instance)')],
        [annotation("Started", restarted, "{{service}} was started", "{{instance}}", BLUE),
         annotation("Sick", sickened, "{{service}} turned sick", "{{target}} at {{instance}}", RED),
         annotation("Reloaded", reloaded, "New configuration", "{{service}} at {{instance}}", PURPLE)],
        [ok(), changes(), service(), probes(), recovery(), telemetry(), elasticsearch(), traces(), sent_metrics(), usage(), machine(), postgres(), servers(), alerts(), agent()])
