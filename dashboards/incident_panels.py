"""The panels of incidents and of the flight recorder, in the row of what changed."""


def incident_panels(series, of, increase, rate, each):
    return [
        (series(14, "Incidents opened, by kind", "Deaths of one loop are one incident. `outrider incident show` has its evidence.",
                [("{{service}} {{kind}}", increase("incidents_total", "service, kind"))], "short", bars=True), 12, 6),
        (series(15, "Open incidents, and those kept", "An incident stays open until the service has been well for a while.",
                [("{{service}} {{instance}} open", of("incident_open")), ("{{service}} {{instance}} kept", of("incident_kept")),
                 ("{{service}} not saved", increase("incident_save_failures_total", "service"))], "short"), 12, 6),
        (series(16, "Age of the newest incident", "When something last went wrong with each service.",
                [(each, f'time() - ({of("incident_last_opened_timestamp_seconds")} > 0)')], "s"), 12, 6),
        (series(17, "Recorded a second", "What the flight recorder takes: lines of the log at full verbosity, and facts beside them.",
                [("{{service}} {{what}}", rate("recorder_entries_total", "service, what")),
                 ("{{service}} cut", rate("recorder_cut_total", "service"))], "cps"), 12, 6),
    ]
