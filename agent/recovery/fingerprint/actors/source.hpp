// Hashes the content of the live source, a little at a time: short statements without locks that could hold
// anybody up, so many bytes a pass, so many a second.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/recovery/fingerprint/actors/reader.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrider::recovery {

struct HashSettings {
  std::uint64_t most_bytes = 256ULL << 20;           // read of the source by a pass; a drill has two
  std::uint64_t rate = 32ULL << 20;                  // and of them a second
  core::Duration timeout = std::chrono::seconds(5);  // of one statement
  std::vector<std::string> tables;                   // "schema.table"; empty: all
};

// What there is to hash, and what of it this role may read.
struct Coverage {
  std::uint64_t bytes = 0;
  std::uint64_t tables = 0, unreadable = 0;
  bool by_grant = false;              // a GRANT would make some of them readable
  std::vector<std::string> troubles;  // the first ones
};

struct SourceTools {
  core::Clock& clock;
  sql::Driver& driver;
  std::string dsn;
  core::Duration connect_limit = std::chrono::seconds(5);
};

class HashedSource {
 public:
  HashedSource(SourceTools tools, HashSettings settings)
      : tools_(std::move(tools)), settings_(std::move(settings)) {}

  // What is due. What was seen before a trouble is kept.
  core::Task<core::Outcome<>> hash_due(Book& book);

  struct Second {
    Pass pass;
    bool another_history = false;       // what the book had said before says nothing of this one
    std::map<ChunkId, Digest> digests;  // of those that could be read
  };
  // These, once more.
  core::Task<core::Outcome<Second>> hash_again(Book& book, std::vector<Chunk> chunks);

  // As the last hash_due() found it; nothing before that.
  const std::optional<Coverage>& coverage() const { return coverage_; }
  const HashSettings& settings() const { return settings_; }

 private:
  using Connection = std::unique_ptr<sql::Connection>;
  struct Begun {
    Pass pass;
    bool another_history = false;
    std::vector<DatabaseName> databases;
  };
  core::Task<core::Outcome<Connection>> connect(std::string dsn);
  core::Task<core::Outcome<Begun>> begin_one(Book& book);
  core::Task<core::Outcome<std::vector<Table>>> tables_of(DatabaseName database, Connection& connection);
  core::Task<void> survey(Book& book, const std::vector<DatabaseName>& databases, std::vector<Chunk>& chunks);
  core::Task<void> hash_database(Book& book, Pass pass, DatabaseName database, std::vector<Chunk> chunks,
                                 std::map<ChunkId, Digest>* into);
  bool wanted(const Table& table) const;
  void trouble(std::string what);

  SourceTools tools_;
  HashSettings settings_;
  std::optional<Coverage> coverage_;
  core::Instant deadline_{};
  core::Instant not_before_{};  // the next statement, because of the rate
};

}  // namespace outrider::recovery
