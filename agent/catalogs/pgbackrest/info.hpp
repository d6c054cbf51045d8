// What `pgbackrest info --output=json` says of one stanza in one repository.
#pragma once

#include "agent/catalogs/shelf.hpp"

namespace outrider::catalogs::pgbackrest {

struct Stanza {
  bool sets_known = true;
  std::vector<BackupSet> sets;             // oldest first
  std::optional<std::uint64_t> system_id;  // of its newest database
  std::string archive_id;                  // where the newest database's WAL lies: "15-1"; empty: unknown
  std::vector<std::string> troubles;
};

core::Outcome<Stanza> read_info(std::string_view text, std::string_view stanza, std::uint64_t repository);

// The files in which `info --set` found pages with a wrong checksum.
std::vector<std::string> read_damaged_files(std::string_view text, std::string_view label);

}  // namespace outrider::catalogs::pgbackrest
