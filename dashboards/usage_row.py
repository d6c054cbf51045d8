"""Rows about what the service uses (`metrics.process`, `metrics.cgroup`) and about its PostgreSQL (`metrics.postgres`)."""

from panels import GREEN, RED, mapping, row, series, stat
from queries import WHERE

PER = "[$__rate_interval]"


def series_of(metric, *labels):
    return f"{metric}{{{', '.join((WHERE, *labels))}}}"


def per_second(metric, by, *labels):
    return f"sum by ({by}) (rate({series_of(metric, *labels)}{PER}))"


def usage():
    each = "{{service}} {{instance}}"
    by = "service, instance"
    process, group = "namedprocess_namegroup_", "container_"
    return row(141, "What the service uses", collapsed=True), [
        (series(420, "Processor time", "Processors' worth, of all its processes, by mode.",
                [(f"{each} {{{{mode}}}}", per_second(process + "cpu_seconds_total", by + ", mode"))], "short"), 12, 7),
        (series(421, "Time in which it was not let run", "Throttled: its group had used up its share. Anything lasting is a limit that is too tight.",
                [(f"{each} throttled", per_second(group + "cpu_cfs_throttled_seconds_total", by)),
                 (f"{each} waits for a processor", per_second(group + "pressure_cpu_waiting_seconds_total", by)),
                 (f"{each} waits for memory", per_second(group + "pressure_memory_waiting_seconds_total", by)),
                 (f"{each} waits for a disk", per_second(group + "pressure_io_waiting_seconds_total", by))], "percentunit"), 12, 7),
        (series(422, "Memory", "Resident: of its processes. Working set: of its group, which the limit is held against.",
                [(f"{each} resident", series_of(process + "memory_bytes", 'memtype="resident"')),
                 (f"{each} working set", series_of(group + "memory_working_set_bytes")),
                 (f"{each} limit", f'{series_of(group + "spec_memory_limit_bytes")} > 0')], "bytes"), 12, 7),
        (series(423, "Kills for want of memory, and hits of the limit", "Of its group, as the kernel counts them.",
                [(f"{each} kills", f'sum by ({by}) (increase({series_of(group + "oom_events_total")}{PER}))'),
                 (f"{each} hits", f'sum by ({by}) (increase({series_of(group + "memory_failcnt")}{PER}))')], "short", bars=True), 12, 7),
        (series(424, "Descriptors and threads", "Share of descriptors: of the process that is nearest to its limit. At 1 nothing can be opened.",
                [(f"{each} descriptors", series_of(process + "open_filedesc")), (f"{each} threads", series_of(process + "num_threads"))],
                "short"), 8, 7),
        (series(425, "Share of descriptors that are used", "Of the process that is nearest to its limit.",
                [(each, series_of(process + "worst_fd_ratio"))], "percentunit"), 8, 7),
        (series(426, "Disks: read and written", "By its processes.",
                [(f"{each} read", per_second(process + "read_bytes_total", by)),
                 (f"{each} written", per_second(process + "write_bytes_total", by))], "Bps"), 8, 7),
    ]


def postgres():
    server = "{{server}}"
    return row(142, "PostgreSQL", collapsed=True), [
        (stat(440, "Is it there?", "Whether Outrider could connect.", [(server, series_of("pg_up"))],
              mappings=mapping(Up=(1, GREEN), Down=(0, RED))), 6, 6),
        (series(441, "Connections, and how many are left", "At 0 nobody but superusers gets in.",
                [(f"{server} clients", series_of("pg_client_backends")), (f"{server} left", series_of("pg_connections_left"))], "short"), 9, 6),
        (series(442, "Who waits, and for how long", "Backends that wait for a lock, and the longest transaction.",
                [(f"{server} waiting", series_of("pg_blocked_backends")),
                 (f"{server} longest wait (s)", series_of("pg_blocked_longest_seconds")),
                 (f"{server} oldest transaction (s)", series_of("pg_long_running_transactions_age_in_seconds"))], "short"), 9, 6),
        (series(443, "Transactions a second", "Committed and rolled back.",
                [(f"{server} {{{{datname}}}} committed", per_second("pg_stat_database_xact_commit", "server, datname")),
                 (f"{server} {{{{datname}}}} rolled back", per_second("pg_stat_database_xact_rollback", "server, datname"))], "cps"), 12, 7),
        (series(444, "The dearest statements", "Processors' worth of time, by statement; other is all the rest together.",
                [("{{datname}} {{user}} {{queryid}}", per_second("pg_stat_statements_seconds_total", "datname, user, queryid"))], "short"), 12, 7),
        (series(445, "Replication: how far behind", "In seconds on a standby; in bytes at each standby and slot.",
                [(f"{server} behind (s)", series_of("pg_replication_lag_seconds"))], "s"), 8, 7),
        (series(446, "WAL that standbys and slots have not had", "A slot that nobody reads fills the disk.",
                [(f"{server} {{{{application_name}}}}", series_of("pg_stat_replication_pg_wal_lsn_diff")),
                 (f"{server} slot {{{{slot_name}}}}", series_of("pg_replication_slots_pg_wal_lsn_diff"))], "bytes"), 8, 7),
        (series(447, "Transaction numbers that are used up", "At 2 billion the server stops taking writes. Vacuum takes them back.",
                [(f"{server} {{{{datname}}}}", series_of("pg_database_wraparound_age_datfrozenxid_seconds"))], "short"), 8, 7),
        (series(448, "How old these figures are", "What a collector shows, since it was answered last.",
                [(f"{server} {{{{collector}}}}", series_of("pg_scrape_collector_age_seconds"))], "s"), 24, 6),
    ]
