"""The row about the machine: node_exporter's series, which Outrider shows where `metrics.host` is on."""

from panels import row, series

MACHINE = 'job=~"$job", instance=~"$instance"'
BY_RATE = "[$__rate_interval]"


def node(metric, *labels):
    return f"node_{metric}{{{', '.join((MACHINE, *labels))}}}"


def per_second(metric, by, *labels):
    return f"sum by ({by}) (rate({node(metric, *labels)}{BY_RATE}))"


def machine():
    each = "{{instance}}"
    cores = f'count by (instance) (rate({node("cpu_seconds_total", "mode=" + chr(34) + "idle" + chr(34))}{BY_RATE}))'
    return row(140, "The machine", collapsed=True), [
        (series(400, "Processors, by what they do", "Share of all of them. iowait is idle time in which somebody waited for a disk; "
                "steal was taken by other virtual machines.",
                [("{{instance}} {{mode}}", f'{per_second("cpu_seconds_total", "instance, mode", "mode!=" + chr(34) + "idle" + chr(34))}'
                  f" / on (instance) group_left () {cores}")], "percentunit"), 12, 7),
        (series(401, "Load, against the processors", "How many run or wait for a disk. Above the number of processors somebody waits.",
                [(f"{each} load", node("load1")), (f"{each} processors", cores)], "short"), 12, 7),
        (series(402, "Memory that is left", "What can be had without swapping. At 0 the kernel kills.",
                [(f"{each} left", node("memory_MemAvailable_bytes")), (f"{each} in all", node("memory_MemTotal_bytes"))], "bytes"), 12, 7),
        (series(403, "Waiting for what the machine is short of", "Share of time in which somebody waited (PSI). Better than load: it says "
                "for what.",
                [(f"{each} processor", per_second("pressure_cpu_waiting_seconds_total", "instance")),
                 (f"{each} memory", per_second("pressure_memory_waiting_seconds_total", "instance")),
                 (f"{each} disk", per_second("pressure_io_waiting_seconds_total", "instance"))], "percentunit"), 12, 7),
        (series(404, "File systems: share that is left", "For everybody but root. A line that ends: the mount does not answer.",
                [("{{instance}} {{mountpoint}}", f'{node("filesystem_avail_bytes")} / {node("filesystem_size_bytes")}')],
                "percentunit"), 8, 7),
        (series(405, "Mounts that do not answer", "1: asking it failed, or hangs: a dead NFS server, say.",
                [("{{instance}} {{mountpoint}}", node("filesystem_device_error"))], "short"), 8, 7),
        (series(406, "Disks: share of time that they are busy", "Near 1 it does nothing else.",
                [("{{instance}} {{device}}", per_second("disk_io_time_seconds_total", "instance, device"))], "percentunit"), 8, 7),
        (series(407, "Network: received and sent", "By device.",
                [("{{instance}} {{device}} in", per_second("network_receive_bytes_total", "instance, device")),
                 ("{{instance}} {{device}} out", per_second("network_transmit_bytes_total", "instance, device"))], "Bps"), 12, 7),
        (series(408, "TCP: sent again, and listeners that overflow", "Lost on the way; and connections that a server was too busy to take.",
                [(f"{each} sent again", per_second("netstat_Tcp_RetransSegs", "instance")),
                 (f"{each} overflowed", per_second("netstat_TcpExt_ListenOverflows", "instance"))], "cps"), 12, 7),
    ]
