// Which files of the journal cannot be read, by their headers: libsystemd passes them over without a word.
#pragma once

#include "agent/sources/journald/disk/journal.hpp"

#include <string>
#include <vector>

namespace outrider::sources::journald {

// Where files of this journal may lie, with the directories of single machines below them.
std::vector<std::string> directories_of(const Settings& settings, const std::string& machine_id);

std::vector<BadFile> find_bad_files(const Settings& settings);

}  // namespace outrider::sources::journald
