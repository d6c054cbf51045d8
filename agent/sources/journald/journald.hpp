// Follows the systemd journal, each sink at its own pace. See README.md.
#pragma once

#include "agent/sources/journald/disk/journal.hpp"
#include "agent/sources/shelf.hpp"

#include <memory>

namespace outrider::sources::journald {

std::unique_ptr<ReplaySource> make(const Tools& tools, Settings settings,
                                   std::unique_ptr<Journals> journals = make_systemd_journals());

}  // namespace outrider::sources::journald
