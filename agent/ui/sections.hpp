// The parts of the page, from the top down. Each writes itself into the document and nothing else.
#pragma once

#include "agent/core/status.hpp"
#include "agent/ui/parts.hpp"

namespace outrider::ui {

void put_verdict(Document& page, const core::Status& status);
void put_service(Document& page, const core::Status& status);
void put_incidents(Document& page, const core::Status& status);
void put_probes(Document& page, const core::Status& status);
void put_timeline(Document& page, const core::Status& status);
void put_streams(Document& page, const core::Status& status);
void put_objectives(Document& page, const core::Status& status);
void put_scrapes(Document& page, const core::Status& status);
void put_alerts(Document& page, const core::Status& status);
void put_traces(Document& page, const core::Status& status);
void put_recovery(Document& page, const core::Status& status);
void put_agent(Document& page, const core::Status& status);

}  // namespace outrider::ui
