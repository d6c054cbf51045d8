#include "agent/sinks/elasticsearch/bulk/verdict.hpp"

#include <algorithm>
#include <array>

namespace outrider::sinks::elasticsearch {
namespace {

constexpr std::string_view lift_block =
    "free disk space or lift the block: PUT <index>/_settings {\"index.blocks.write\": null}";
constexpr std::string_view make_index = "create it, or allow it in action.auto_create_index";
constexpr std::string_view give_rights =
    "give the user or key create_doc and auto_configure on it (and read, to look for what is in doubt)";
constexpr std::string_view log_in = "look at user and password or api_key";
constexpr std::string_view no_shard =
    "none of its shards is ready: ask GET _cluster/allocation/explain (is a disk over its watermark?)";
constexpr std::string_view it_is_busy = "the server has more to do than it can";

// Trouble of the index or of the cluster that comes as if it were the document's.
struct NotTheDocument {
  std::string_view type;
  std::string_view reason_begins;
  std::string_view hint;
};

constexpr std::array<NotTheDocument, 6> not_the_document{{
    {"validation_exception", "", "the cluster holds as many shards as it may; delete old indices"},
    {"index_closed_exception", "", "open the index: POST <index>/_open"},
    {"invalid_index_name_exception", "", "choose another data_stream or index"},
    {"illegal_argument_exception", "pipeline with id [",
     "create the ingest pipeline, or take it out of the template"},
    {"illegal_argument_exception", "no matching index template found for data stream",
     "install a template: outrider setup elasticsearch --apply"},
    {"illegal_argument_exception", "only write ops with an op_type of create are allowed in data streams",
     "it is a data stream: use data_stream instead of index"},
}};

Verdict judge_400(const Item& item) {
  for (const NotTheDocument& known : not_the_document) {
    if (item.type == known.type && item.reason.starts_with(known.reason_begins))
      return {Fate::hold, known.hint};
  }
  return {Fate::refused, ""};
}

Verdict judge_403(const Item& item) {
  return {Fate::hold, item.type == "cluster_block_exception" ? lift_block : give_rights};
}

}  // namespace

std::string_view name_of(Fate fate) {
  switch (fate) {
    case Fate::created: return "created";
    case Fate::duplicate: return "duplicate";
    case Fate::again: return "again";
    case Fate::hold: return "hold";
    case Fate::refused: return "refused";
  }
  return "";
}

Verdict judge(const Item& item) {
  switch (item.status) {
    case 200:
    case 201: return {Fate::created, ""};
    case 409:
      // Any other conflict says nothing about this document being there.
      if (item.type.empty() || item.type == "version_conflict_engine_exception") return {Fate::duplicate, ""};
      return {Fate::again, ""};
    case 429: return {Fate::again, item.type == "cluster_block_exception" ? lift_block : it_is_busy};
    case 400: return judge_400(item);
    case 401: return {Fate::hold, log_in};
    case 403: return judge_403(item);
    case 404:
      if (item.type == "index_not_found_exception") return {Fate::hold, make_index};
      return {item.reason.empty() ? Fate::again : Fate::refused, ""};
    default: break;
  }
  if (item.type == "unavailable_shards_exception") return {Fate::again, no_shard};
  if (item.status >= 500) return {Fate::again, ""};
  // No server is known to say this of a document. With a reason it is about the document; without, who knows.
  return {item.status >= 400 && !item.reason.empty() ? Fate::refused : Fate::again, ""};
}

WholeVerdict judge_whole(int status, const Refusal& refusal) {
  switch (status) {
    case 200:
    case 201: return {Reading::items, ""};
    case 400:
      if (judge({0, 400, refusal.type, refusal.reason, ""}).fate == Fate::hold) {
        return {Reading::hold, judge({0, 400, refusal.type, refusal.reason, ""}).hint};
      }
      return {Reading::malformed, ""};
    case 401: return {Reading::hold, log_in};
    case 403: return {Reading::hold, refusal.type == "cluster_block_exception" ? lift_block : give_rights};
    case 404:
      if (refusal.type == "index_not_found_exception") return {Reading::hold, make_index};
      return {Reading::hold, "is this the address of an Elasticsearch or OpenSearch?"};
    case 408: return {Reading::doubtful, ""};
    case 413: return {Reading::too_large, ""};
    case 429: return {Reading::again, it_is_busy};
    case 502:
    case 504: return {Reading::doubtful, "a proxy before the server cannot reach it"};
    default: break;
  }
  if (status >= 500) return {Reading::doubtful, ""};
  return {Reading::hold, "is this the address of an Elasticsearch or OpenSearch?"};
}

}  // namespace outrider::sinks::elasticsearch
