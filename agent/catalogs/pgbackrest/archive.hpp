// What `pgbackrest repo-ls --recurse --output=json archive/<stanza>` lists.
#pragma once

#include "agent/catalogs/shelf.hpp"

namespace outrider::catalogs::pgbackrest {

// The WAL of one archive id ("15-1"); of the newest where it is empty. Sorted by name.
core::Outcome<std::vector<ArchivedFile>> read_archive(std::string_view text, std::string_view stanza,
                                                      std::string archive_id);

}  // namespace outrider::catalogs::pgbackrest
