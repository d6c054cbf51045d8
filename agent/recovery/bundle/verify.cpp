#include "agent/recovery/bundle/verify.hpp"

#include "agent/core/text.hpp"
#include "agent/recovery/bundle/statement.hpp"
#include "agent/seal/digest.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace outrider::recovery {
namespace {

namespace json = boost::json;

// The first place at which two documents differ, as "predicate.drills[2].rpo"; nothing when they do not.
std::optional<std::string> difference(const json::value& one, const json::value& other,
                                      const std::string& at) {
  if (one == other) return std::nullopt;
  if (one.is_object() && other.is_object()) {
    for (const auto& member : one.as_object()) {
      const std::string below = (at.empty() ? "" : at + ".") + core::clean_utf8(member.key());
      const auto* twin = other.as_object().if_contains(member.key());
      if (twin == nullptr) return below;
      if (auto found = difference(member.value(), *twin, below)) return found;
    }
    return at + " (something was added)";
  }
  if (one.is_array() && other.is_array()) {
    const auto& left = one.as_array();
    const auto& right = other.as_array();
    for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
      if (auto found = difference(left[i], right[i], fmt::format("{}[{}]", at, i))) return found;
    }
  }
  return at;
}

std::string text_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr || !value->is_string() ? std::string() : std::string(value->as_string());
}

// Each drill by itself first: "drill X was altered" says more than a link that is off from there on.
void check_drills(const json::object& statement, const Bundle& bundle, std::vector<std::string>& faults) {
  const json::array& stated = statement.at("predicate").at("drills").as_array();
  for (std::size_t i = 0; i < bundle.drills.size(); ++i) {
    const BundleDrill& drill = bundle.drills[i];
    const json::object& said = stated[i].as_object();
    const std::string name =
        fmt::format("drill {} (number {})", core::clean_utf8(text_in(said, "id")), i + 1);
    if (text_in(said, "sha256") != drill.sha256)
      faults.push_back(name +
                       " was altered: its line has another SHA-256 than the one that is written beside it");
    else if (text_in(said, "link") != drill.link)
      faults.push_back(name + " does not follow the drill before it: a drill was removed, moved or put in");
    else if (const auto* record = said.if_contains("record");
             record == nullptr || *record != json::parse(drill.line))
      faults.push_back(name + " was altered: its record is not what its line says");
    if (!faults.empty()) return;
  }
}

void check_journal(const JournalPart& part, const ReadChained& read_chained,
                   std::vector<std::string>& faults) {
  std::optional<ChainedLine> before;
  for (const std::string& line : part.lines) {
    const auto link = read_chained(line);
    if (!link) {
      faults.push_back("a line of the audit journal cannot be read: " + link.error().what);
      return;
    }
    const std::string name = fmt::format("entry {} of the audit journal", link->sequence);
    const bool inside = part.first && part.head && link->sequence >= part.first->sequence &&
                        link->sequence <= part.head->sequence;
    if (!link->fits)
      faults.push_back(name + " was altered: its hash does not fit its text");
    else if (!inside)
      faults.push_back(name + " lies outside of what the bundle says it shows");
    else if (before && link->sequence <= before->sequence)
      faults.push_back(name + " stands after a later one");
    else if (before && link->sequence == before->sequence + 1 && link->previous != before->hash)
      faults.push_back(name + " does not follow the one before it");
    else if ((link->sequence == part.head->sequence && link->hash != part.head->hash) ||
             (link->sequence == part.first->sequence && link->hash != part.first->hash))
      faults.push_back(name + " is not the one that the journal's head names");
    if (!faults.empty()) return;
    before = *link;
  }
}

void check_page(const json::object& statement, const std::optional<std::string>& page, BundleProof& proof) {
  const std::string digest = page_digest(statement);
  if (digest.empty() || !page) {
    if (!digest.empty())
      proof.remarks.emplace_back("the page bundle.html is not beside it, and was not compared");
    return;
  }
  if (seal::sha256(*page) != digest)
    proof.faults.emplace_back("the page bundle.html beside it is not the one that was made with it");
}

void remark_bindings(const Bundle& bundle, std::vector<std::string>& remarks) {
  const auto loose = std::count_if(bundle.drills.begin(), bundle.drills.end(),
                                   [](const BundleDrill& drill) { return !drill.entry; });
  if (loose > 0)
    remarks.push_back(
        fmt::format("{} of {} drills are not in the audit journal: no agent was there to write them in",
                    loose, bundle.drills.size()));
  if (bundle.facts.journal.intact != core::Standing::ok)
    remarks.push_back("the audit journal, when the bundle was made: " + bundle.facts.journal.sentence);
}

// Takes the content apart, whoever signed it.
void check_content(const json::object& statement, const ReadChained& read_chained,
                   const std::optional<std::string>& page, BundleProof& proof) {
  auto facts = read_facts(statement);
  auto bundle = facts ? make_bundle(std::move(*facts)) : core::Outcome<Bundle>(core::fail(facts.error()));
  if (!bundle) {
    proof.faults.push_back("it cannot be read: " + bundle.error().what);
    return;
  }
  check_drills(statement, *bundle, proof.faults);
  if (proof.faults.empty()) check_journal(bundle->facts.journal, read_chained, proof.faults);
  if (proof.faults.empty()) {
    // Written and read back, so that numbers are of the same kind on both sides.
    const auto anew = json::parse(json::serialize(statement_of(*bundle, page_digest(statement))));
    if (const auto at = difference(anew, statement, ""))
      proof.faults.push_back(fmt::format("what it says in {} does not follow from the rest of it", *at));
  }
  if (proof.faults.empty()) check_page(statement, page, proof);
  remark_bindings(*bundle, proof.remarks);
  proof.bundle = std::move(*bundle);
}

BundleProof no_bundle(std::string why) {
  BundleProof proof;
  proof.faults.push_back("this is no evidence bundle: " + std::move(why));
  return proof;
}

void weigh(const seal::Verdict& verdict, const seal::Pin& pin, BundleProof& proof) {
  proof.key_name = verdict.key_name;
  proof.pinned = pin.key.has_value() || !pin.name.empty();
  const std::string wanted = pin.key ? pin.key->thumbprint() : pin.name;
  const bool sound = proof.faults.empty();
  switch (verdict.trust) {
    case seal::Trust::genuine: proof.proof = sound ? Proof::holds : Proof::altered; break;
    case seal::Trust::altered:
      proof.proof = Proof::altered;
      proof.faults.emplace_back("the signature does not fit: the bundle was altered after it was signed");
      break;
    case seal::Trust::nobody:
      proof.proof = sound ? Proof::cannot_tell : Proof::altered;
      proof.faults.emplace_back("it is not signed, or there is no key to check the signature with");
      break;
    case seal::Trust::other_key:
      proof.proof = sound ? Proof::cannot_tell : Proof::altered;
      proof.faults.push_back(fmt::format("it is signed by another key: {}, and {} was asked for",
                                         core::clean_utf8(verdict.key_name), wanted));
      break;
  }
  if (verdict.trust == seal::Trust::genuine && proof.bundle &&
      proof.bundle->facts.key_name != verdict.key_name) {
    proof.proof = Proof::altered;
    proof.faults.push_back("it says to be signed by the key " +
                           core::clean_utf8(proof.bundle->facts.key_name) + ", and is signed by " +
                           verdict.key_name);
  }
}

}  // namespace

std::string BundleProof::sentence() const {
  if (proof != Proof::holds) return faults.empty() ? "nothing can be said of it" : faults.front();
  return fmt::format("it holds: {} drills, {} entries of the audit journal, signed by {}",
                     bundle->drills.size(), bundle->facts.journal.lines.size(), key_name);
}

int BundleProof::code() const {
  switch (proof) {
    case Proof::holds: return 0;
    case Proof::altered: return 2;
    case Proof::cannot_tell: break;
  }
  return 3;
}

BundleProof verify_bundle(std::string_view text, const seal::Pin& pin, const ReadChained& read_chained,
                          const std::optional<std::string>& page) {
  const auto envelope = seal::read_envelope(text);
  if (!envelope) return no_bundle(envelope.error().what);
  if (envelope->type != envelope_type)
    return no_bundle("it is of the type " + core::clean_utf8(envelope->type));
  const seal::Verdict verdict = seal::judge(*envelope, pin);
  BundleProof proof;
  json::error_code problem;
  const auto value = json::parse(envelope->payload, problem);
  const auto* statement = problem ? nullptr : value.if_object();
  if (statement == nullptr) {
    proof.faults.emplace_back("what was signed cannot be read: it is not JSON");
  } else if (text_in(*statement, "_type") != statement_type ||
             text_in(*statement, "predicateType") != predicate_type) {
    // Whoever really signed it meant something else; otherwise it was altered.
    BundleProof other = no_bundle("it states " + core::clean_utf8(text_in(*statement, "predicateType")) +
                                  ", and " + std::string(predicate_type) + " is what this outrider knows");
    if (verdict.trust == seal::Trust::altered) other.proof = Proof::altered;
    return other;
  } else {
    check_content(*statement, read_chained, page, proof);
  }
  weigh(verdict, pin, proof);
  return proof;
}

}  // namespace outrider::recovery
