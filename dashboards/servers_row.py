"""The row about the servers that Outrider asks for their metrics (`metrics.nginx`, `.redis`, `.pgbouncer`, `.haproxy`), and about what is said
over StatsD."""

from panels import GREEN, RED, mapping, row, series, stat
from queries import increase, rate
from usage_row import per_second, series_of


def servers():
    at = "{{target}}"
    up = mapping(Up=(1, GREEN), Down=(0, RED))
    return row(143, "Servers beside the service", collapsed=True), [
        (stat(460, "Are they there?", "Whether each answered when it was last asked. Down: its status in Outrider says why.",
              [(f"nginx {at}", series_of("nginx_up")), (f"Redis {at}", series_of("redis_up")),
               (f"PgBouncer {at}", series_of("pgbouncer_up")), (f"HAProxy {at}", series_of("haproxy_up"))], mappings=up), 24, 5),
        (series(461, "nginx: requests a second", "And connections that are open.",
                [(f"{at} requests", per_second("nginx_http_requests_total", "target")),
                 (f"{at} connections", series_of("nginx_connections_active"))], "short"), 12, 7),
        (series(462, "nginx: connections that were let go", "Accepted and not handled: a limit (worker_connections) was reached.",
                [(at, f'{per_second("nginx_connections_accepted", "target")} - {per_second("nginx_connections_handled", "target")}')], "cps"), 12, 7),
        (series(463, "Redis: commands a second", "And how many questions found nothing.",
                [(f"{at} commands", per_second("redis_commands_processed_total", "target")),
                 (f"{at} misses", per_second("redis_keyspace_misses_total", "target"))], "cps"), 12, 7),
        (series(464, "Redis: memory", "Used, against its limit. Without a limit the machine's memory is the limit.",
                [(f"{at} used", series_of("redis_memory_used_bytes")), (f"{at} limit", f'{series_of("redis_memory_max_bytes")} > 0')], "bytes"), 12, 7),
        (series(465, "Redis: keys that were pushed out", "For want of memory. And clients that were not let in.",
                [(f"{at} evicted", per_second("redis_evicted_keys_total", "target")),
                 (f"{at} refused", per_second("redis_rejected_connections_total", "target"))], "cps"), 12, 7),
        (series(466, "Redis: is its replication whole?", "0: a replica has lost its primary.",
                [("{{target}} of {{master_host}}", series_of("redis_master_link_up"))], "short"), 12, 7),
        (series(467, "PgBouncer: who waits", "Clients that wait for a connection to the database, and the longest wait. Anything lasting is a pool "
                "that is too small, or a database that is slow.",
                [("{{target}} {{database}} clients", series_of("pgbouncer_pools_client_waiting_connections")),
                 ("{{target}} {{database}} seconds", series_of("pgbouncer_pools_client_maxwait_seconds"))], "short"), 12, 7),
        (series(468, "PgBouncer: transactions a second", "By database.",
                [("{{target}} {{database}}", per_second("pgbouncer_stats_sql_transactions_pooled_total", "target, database"))], "cps"), 12, 7),
        (series(469, "HAProxy: requests a second, and errors", "Responses with a status of 5xx are those that clients saw.",
                [("{{proxy}}", per_second("haproxy_frontend_http_requests_total", "proxy")),
                 ("{{proxy}} 5xx", per_second("haproxy_frontend_http_responses_total", "proxy", 'code="5xx"'))], "reqps"), 12, 7),
        (series(470, "HAProxy: servers that are left", "Of each backend. At 0 it answers 503.",
                [("{{proxy}}", series_of("haproxy_backend_active_servers"))], "short"), 12, 7),
        (series(471, "StatsD: lines a second", "And those that had no place of their own: more series than may be.",
                [("{{listener}}", rate("statsd_lines_total", "listener")),
                 ("{{listener}} into others", rate("statsd_folded_lines_total", "listener")),
                 ("{{listener}} dropped", rate("statsd_dropped_lines_total", "listener"))], "cps"), 12, 7),
        (series(472, "StatsD: not understood, and not heard", "Lines by what is wrong with them, and datagrams that came too fast for the kernel to keep.",
                [("{{listener}} {{reason}}", increase("statsd_bad_lines_total", "listener, reason")),
                 ("{{listener}} datagrams", increase("statsd_lost_datagrams_total", "listener"))], "short", bars=True), 12, 7),
    ]
