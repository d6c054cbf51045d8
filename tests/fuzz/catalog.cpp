// What backup tools print and leave behind: pgBackRest's JSON, pg_basebackup's manifest.
#include "agent/catalogs/base_backup/manifest.hpp"
#include "agent/catalogs/pgbackrest/archive.hpp"
#include "agent/catalogs/pgbackrest/info.hpp"
#include "agent/catalogs/walg/backups.hpp"
#include "agent/telemetry/utf8.hpp"
#include "tests/fuzz/target.hpp"

namespace outrider::fuzz {
namespace {

template <class T>
void check_error(const core::Outcome<T>& outcome) {
  if (!outcome) must(telemetry::valid_utf8(outcome.error().what), "what is told of a broken answer is UTF-8");
}

}  // namespace

void catalog(std::string_view bytes) {
  const auto info = catalogs::pgbackrest::read_info(bytes, "main", 1);
  check_error(info);
  if (info) {
    for (const std::string& trouble : info->troubles) {
      must(telemetry::valid_utf8(trouble), "what is told of a stanza is UTF-8");
    }
  }
  check_error(catalogs::pgbackrest::read_archive(bytes, "main", "15-1"));
  check_error(catalogs::pgbackrest::read_archive(bytes, "main", ""));
  (void)catalogs::pgbackrest::read_damaged_files(bytes, "20261121-110000F");
  check_error(catalogs::base_backup::read_manifest(bytes));
  check_error(catalogs::walg::read_backups(bytes));
  check_error(catalogs::walg::read_archive(bytes));
  check_error(catalogs::walg::has_no_tablespaces(bytes));
}

}  // namespace outrider::fuzz
