// How things look in a terminal. Pure: values in, text out. Everything foreign goes through Terminal::paint
// or printable().
#pragma once

#include "agent/cli/doctor/doctor.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/core/concerns.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/status.hpp"

#include <string>
#include <vector>

namespace outrider::cli {

// One screen. The verdict and what to look at come last, where the eye is when the prompt returns.
std::string show_status(const core::Status& status, const Terminal& terminal);

// "12:00:03  ▶ tests-api was started: pid 3920"
std::string show_event(const core::Event& event, const Terminal& terminal);

// First a line for Nagios, then one a probe.
std::string show_check(const std::vector<core::ProbeStatus>& probes, const Terminal& terminal);

std::string show_findings(const std::vector<Finding>& findings, const Terminal& terminal);

// "outrider: cannot …" and, on a line of its own, "hint: …".
std::string show_error(const core::Error& error, const Terminal& terminal);

int exit_code_of(core::Severity severity);
// Any not ok: critical. Else any unknown, or none at all: unknown. It fails closed.
core::Severity severity_of(const std::vector<core::ProbeStatus>& probes);
core::Severity severity_of(const std::vector<Finding>& findings);

}  // namespace outrider::cli
