#include "agent/sinks/elasticsearch/bulk/verdict.hpp"

#include <gtest/gtest.h>

using namespace outrider::sinks::elasticsearch;

namespace {

struct ItemRow {
  const char* name;
  int status;
  const char* type;
  const char* reason;
  Fate fate;
};

constexpr ItemRow item_rows[] = {
    {"created", 201, "", "", Fate::created},
    {"created, says an old server", 200, "", "", Fate::created},
    {"already there", 409, "version_conflict_engine_exception", "document already exists", Fate::duplicate},
    {"already there, without a word", 409, "", "", Fate::duplicate},
    {"some other conflict", 409, "resource_conflict_exception", "x", Fate::again},
    {"a full queue", 429, "es_rejected_execution_exception", "full", Fate::again},
    {"the breaker", 429, "circuit_breaking_exception", "heap", Fate::again},
    {"flood stage", 429, "cluster_block_exception", "disk usage exceeded flood-stage watermark", Fate::again},
    {"no primary", 503, "unavailable_shards_exception", "primary shard is not active", Fate::again},
    {"a server's bug", 500, "null_pointer_exception", "x", Fate::again},
    {"a field of another type", 400, "document_parsing_exception", "x", Fate::refused},
    {"the same, OpenSearch", 400, "mapper_parsing_exception", "x", Fate::refused},
    {"an unknown field", 400, "strict_dynamic_mapping_exception", "x", Fate::refused},
    {"too many fields", 400, "illegal_argument_exception", "Limit of total fields [1000] has been exceeded",
     Fate::refused},
    {"no shards left in the cluster", 400, "validation_exception", "this action would add [2] shards",
     Fate::hold},
    {"a closed index", 400, "index_closed_exception", "closed", Fate::hold},
    {"a name it does not allow", 400, "invalid_index_name_exception", "x", Fate::hold},
    {"a missing pipeline", 400, "illegal_argument_exception", "pipeline with id [x] does not exist",
     Fate::hold},
    {"no template", 400, "illegal_argument_exception", "no matching index template found for data stream [x]",
     Fate::hold},
    {"who are you", 401, "security_exception", "missing authentication credentials", Fate::hold},
    {"not allowed", 403, "security_exception", "action is unauthorized", Fate::hold},
    {"read-only", 403, "cluster_block_exception", "index [x] blocked by: [FORBIDDEN/8/index write (api)]",
     Fate::hold},
    {"no such index", 404, "index_not_found_exception", "no such index [x]", Fate::hold},
    {"not found, with a reason", 404, "resource_not_found_exception", "x", Fate::refused},
    {"not found, and no more", 404, "", "", Fate::again},
    {"an unknown no, with a reason", 422, "some_exception", "x", Fate::refused},
    {"an unknown no", 422, "", "", Fate::again},
    {"no answer at all", 302, "", "", Fate::again},
};

struct WholeRow {
  const char* name;
  int status;
  const char* type;
  Reading reading;
};

constexpr WholeRow whole_rows[] = {
    {"answered", 200, "", Reading::items},
    {"malformed", 400, "illegal_argument_exception", Reading::malformed},
    {"a name it does not allow", 400, "invalid_index_name_exception", Reading::hold},
    {"who are you", 401, "security_exception", Reading::hold},
    {"not allowed", 403, "security_exception", Reading::hold},
    {"read-only", 403, "cluster_block_exception", Reading::hold},
    {"no such index", 404, "index_not_found_exception", Reading::hold},
    {"something else lives there", 404, "", Reading::hold},
    {"no such method", 405, "", Reading::hold},
    {"moved", 301, "", Reading::hold},
    {"the request came too slowly", 408, "", Reading::doubtful},
    {"too large", 413, "", Reading::too_large},
    {"too much", 429, "es_rejected_execution_exception", Reading::again},
    {"broken", 500, "", Reading::doubtful},
    {"a proxy without a server", 502, "", Reading::doubtful},
    {"not ready", 503, "", Reading::doubtful},
    {"a proxy that waited too long", 504, "", Reading::doubtful},
};

}  // namespace

TEST(Verdict, EachItemGetsTheFateOfItsRow) {
  for (const ItemRow& row : item_rows) {
    EXPECT_EQ(judge({0, row.status, row.type, row.reason, ""}).fate, row.fate) << row.name;
  }
}

TEST(Verdict, EachRequestIsReadAsItsRowSays) {
  for (const WholeRow& row : whole_rows) {
    EXPECT_EQ(judge_whole(row.status, {row.type, ""}).reading, row.reading) << row.name;
  }
}

TEST(Verdict, WhoeverMustMendSomethingIsToldWhat) {
  for (const ItemRow& row : item_rows) {
    const Verdict verdict = judge({0, row.status, row.type, row.reason, ""});
    EXPECT_TRUE(verdict.fate != Fate::hold || !verdict.hint.empty()) << row.name;
  }
}
