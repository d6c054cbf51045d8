// Reads one catalog again and again: lists it, walks its chain of WAL, checks what is new.
#pragma once

#include "agent/core/log.hpp"
#include "agent/recovery/chain/verifier.hpp"
#include "agent/recovery/evidence/evidence.hpp"
#include "agent/recovery/exposure/exposure.hpp"
#include "agent/recovery/gate/assemble.hpp"

#include <memory>
#include <optional>
#include <string>

namespace outrider::recovery {

class CatalogWatch {
 public:
  // `budget_bytes` of WAL are read and checked in a turn.
  CatalogWatch(VerifierTools tools, core::Log& log, std::unique_ptr<catalogs::Catalog> catalog,
               const std::string& memory_file, std::uint64_t budget_bytes = VerifierSettings{}.budget_bytes);

  core::Task<void> load();
  // One turn, with what the server says of itself; nothing when it cannot be seen. All WAL before `claimed`
  // must be there by now, says the archiver.
  core::Task<void> turn(const Evidence* evidence, std::optional<wal::Lsn> claimed);

  CatalogView view() const;
  CatalogSource source() const;
  const std::optional<catalogs::Listing>& listing() const { return listing_; }
  const std::optional<ChainReport>& chain() const { return chain_; }
  catalogs::Catalog& catalog() { return *catalog_; }

 private:
  core::Task<void> verify();

  VerifierTools tools_;
  core::Log& log_;
  std::unique_ptr<catalogs::Catalog> catalog_;
  Verifier verifier_;
  std::optional<catalogs::Listing> listing_;
  std::optional<ChainReport> chain_;
  std::optional<VerifierReport> verified_;
  core::WallTime listed_{};
  std::string trouble_;
};

}  // namespace outrider::recovery
