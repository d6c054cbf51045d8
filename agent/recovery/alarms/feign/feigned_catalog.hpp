// A catalog with a fault that is not there: it asks the real one and changes what comes back. Nothing that
// is stored is touched, and no backup is ever taken through it.
#pragma once

#include "agent/catalogs/shelf.hpp"

#include <optional>
#include <string>

namespace outrider::recovery {

struct Feigned {
  std::optional<catalogs::Listing> listing;  // instead of the real one
  std::string damaged;                       // of this segment, some bytes are others
  std::string withheld;                      // this one is absent when a restored server asks for it
};

class FeignedCatalog final : public catalogs::Catalog {
 public:
  // `real` outlives it.
  FeignedCatalog(catalogs::Catalog& real, Feigned fault) : real_(real), fault_(std::move(fault)) {}

  core::Task<core::Outcome<catalogs::Listing>> list(core::Duration limit) override;
  core::Task<core::Outcome<std::string>> read_wal(catalogs::ArchivedFile file, std::uint64_t limit_bytes,
                                                  core::Duration limit) override;
  core::Outcome<std::vector<catalogs::Step>> restore(const catalogs::BackupSet& set,
                                                     const std::string& directory, bool reuse) const override;
  core::Outcome<catalogs::FetchPlan> fetch_wal() const override;
  core::Outcome<catalogs::Step> backup(catalogs::BackupKind kind) const override;
  core::Duration settles_within() const override { return real_.settles_within(); }
  std::string target() const override { return real_.target(); }

 private:
  catalogs::Catalog& real_;
  Feigned fault_;
};

// Some bytes in the middle of what is used of it are turned round; no record is that short.
std::string damaged(std::string stored);

}  // namespace outrider::recovery
