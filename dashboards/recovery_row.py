"""The row about PostgreSQL's recovery."""

from panels import (GREEN, RED, YELLOW, mapping, row, series, stat, states, thresholds)
from queries import increase, of, rate


def recovery():
    cluster = "{{service}} {{cluster}}"
    return row(106, "Recovery of PostgreSQL"), [
        (series(80, "What would be lost now", "claimed: the archiver's word. inferred: what the archive holds. proven: at the last "
                "drill. Where claimed and inferred part, the archiver lies. A line that ends is unknown, not 0.",
                [(f"{cluster} {{{{kind}}}}", of("recovery_rpo_seconds")),
                 (f"{cluster} objective", of("recovery_rpo_objective_seconds"))], "s"), 12, 7),
        (series(81, "How long a restore would take", "From the drills: expected is their middle, cautious their slow tenth, which "
                "the promise is held against.",
                [(f"{cluster} {{{{bound}}}}", of("recovery_rto_forecast_seconds")),
                 (f"{cluster} objective", of("recovery_rto_objective_seconds"))], "s"), 12, 7),
        (stat(82, "How well is it known?", "0 claimed, 1 listed, 2 checked, 3 replayed, 4 asserted. Below 1 it is somebody's word.",
              [(cluster, of("recovery_level")), (f"{cluster} proof", of("recovery_proof_level"))],
              thresholds=thresholds((0, YELLOW), (1, GREEN))), 6, 5),
        (series(83, "Age of the last proof", "Above the line a proof fades: run a drill.",
                [(cluster, f'time() - {of("recovery_last_proof_timestamp_seconds")}'),
                 (f"{cluster} fresh for", of("recovery_proof_fresh_for_seconds"))], "s"), 9, 5),
        (series(84, "Age of the newest backup", "A saw with a tooth missing is a run that was missed.",
                [(cluster, f'time() - {of("recovery_last_backup_timestamp_seconds")}')], "s"), 9, 5),
        (series(85, "Gaps and damage in the archive", "Segments that are missing, or were read and are not what was written. Either ends the "
                "way back there until a newer backup has passed it.",
                [(f"{cluster} gaps", of("recovery_archive_gaps")),
                 (f"{cluster} damaged", of("recovery_archive_broken_segments"))], "short"), 8, 6),
        (states(86, "Does the archiver work?", "Stands is also: fails. See the queue beside it.",
                [(cluster, of("recovery_archiver_stalled"))], mapping(Works=(0, GREEN), Stands=(1, RED))), 8, 6),
        (states(87, "Does the archive bear out what is claimed?", "Lies: the archiver says that it stored what is not there.",
                [(cluster, of("recovery_archive_disagrees"))], mapping(Agrees=(0, GREEN), Lies=(1, RED))), 8, 6),
        (series(88, "Files that wait to be archived", "Growing without end is a full disk in the end.",
                [(cluster, of("recovery_archiver_ready_files"))], "short"), 8, 6),
        (series(89, "WAL written", "What every recovery must read again.",
                [(cluster, of("recovery_wal_bytes_per_second"))], "Bps"), 8, 6),
        (series(90, "Time until pg_wal's disk is full", "If nothing were removed from it: what a dead slot or a dead archive makes true.",
                [(cluster, of("recovery_wal_volume_full_seconds"))], "s"), 8, 6),
        (series(91, "Held by a slot without a reader", "WAL that cannot be removed.",
                [(cluster, of("recovery_slot_retained_bytes"))], "bytes"), 8, 6),
        (series(92, "Archived segments, read or not", "unverified: listed, and nobody has read what is in them yet.",
                [(f"{cluster} {{{{state}}}}", of("recovery_archive_segments"))], "short"), 8, 6),
        (series(93, "Drills, by what they found", "disproved: the backup does not bring back what it should. could_not_verify says "
                "nothing of the backup.",
                [(f"{cluster} {{{{finding}}}}", increase("recovery_drills_total", "service, cluster, finding"))], "short",
                bars=True), 8, 6),
        (series(94, "Phases of the last drill", "Where the time of a restore goes.",
                [(f"{cluster} {{{{phase}}}}", of("recovery_drill_phase_seconds"))], "s"), 12, 6),
        (series(95, "When a restore would take too long", "Time left at today's rate of WAL; no line: not in sight, or unknown.",
                [(cluster, f'{of("recovery_rto_breach_timestamp_seconds")} - time()')], "s", lowest=None), 12, 6),
        (states(120, "What does the proof standby do?", "A restored copy that follows the archive. broken: the archive does not lead "
                "on. blind: it could not verify, which says nothing of the archive.",
                [(f"{cluster} {{{{state}}}}", f'{of("recovery_standby_state")} == 1')],
                mapping(is_so=(1, GREEN))), 8, 6),
        (series(121, "What would be lost, as the proof standby has it", "The age of the newest acknowledged canary that can be read "
                "in it, and how long ago it last came further.",
                [(f"{cluster} lost", of("recovery_standby_lag_seconds")),
                 (f"{cluster} age of the proof", f'time() - {of("recovery_standby_proof_timestamp_seconds")}')], "s"), 8, 6),
        (series(122, "How the proof standby replays", "While it has something to replay; a place that does not move is a standstill.",
                [(f"{cluster} replay", of("recovery_standby_replay_bytes_per_second")),
                 (f"{cluster} came further", rate("recovery_standby_replayed_lsn_bytes", "service, cluster"))], "Bps"), 8, 6),
        (series(123, "Segments before the proof standby", "Listed in the archive, and not replayed yet; and how often it was restored.",
                [(cluster, of("recovery_standby_segments_behind")),
                 (f"{cluster} restores", of("recovery_standby_restores"))], "short"), 8, 6),
        (series(96, "Findings, by severity", "What outrider status lists, counted.",
                [(f"{cluster} {{{{severity}}}}", of("recovery_findings"))], "short"), 8, 6),
        (series(97, "Error budget left", "1 is untouched, 0 spent. Minutes in which nobody knew spend it, too.",
                [(cluster, of("recovery_budget_left_ratio"))], "percentunit", lowest=None), 8, 6),
        (series(98, "Age of what is known", "How old the figures above are.",
                [(cluster, f'time() - {of("recovery_snapshot_timestamp_seconds")}')], "s"), 8, 6),
        (series(124, "Content compared with the source", "The share of the tables' bytes that the last drill hashed and found as on the source.",
                [(cluster, of("recovery_content_compared_ratio"))], "percentunit"), 12, 6),
        (series(125, "Ranges of tables, by what their hashes said", "differing: the copy holds another content than the source "
                "had. busy ones were being written to and prove nothing.",
                [(f"{cluster} {{{{state}}}}", of("recovery_content_ranges"))], "short"), 12, 6),
        (states(126, "Do the alarms fire?", "By the last drill of each. Deaf: a fault was feigned, and it was not told. No colour: it was "
                "never drilled, or could not be verified.",
                [(f"{cluster} {{{{alarm}}}}", of("recovery_alarm_drill_proven"))], mapping(Deaf=(0, RED), Fires=(1, GREEN))), 12, 6),
        (series(127, "Age of the last drill of each alarm", "And whether one asks for a notification right now.",
                [(f"{cluster} {{{{alarm}}}}", f'time() - {of("recovery_alarm_drill_timestamp_seconds")}'),
                 (f"{cluster} under way", of("recovery_alarm_drill"))], "s"), 12, 6),
    ]
