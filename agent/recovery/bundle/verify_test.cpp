#include "agent/recovery/bundle/verify.hpp"

#include "agent/recovery/bundle/statement.hpp"
#include "agent/recovery/bundle/testing.hpp"

#include <functional>

#include <boost/json.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace outrider::recovery::testing;

namespace {

namespace json = boost::json;

constexpr const char* page = "<!doctype html>";

// The journal's lines are `number previous hash` here; the real ones are read by agent/audit.
core::Outcome<ChainedLine> read_chained(std::string_view text) {
  const auto value = json::parse(json::string_view(text.data(), text.size()));
  const auto& object = value.as_object();
  const std::string hash(object.at("hash").as_string());
  return ChainedLine{static_cast<std::uint64_t>(object.at("seq").as_int64()),
                     std::string(object.at("previous").as_string()), hash,
                     hash == seal::sha256(std::string(object.at("result").as_string()))};
}

std::string entry(int number, const std::string& previous, const std::string& words) {
  return "{\"seq\":" + std::to_string(number) + ",\"previous\":\"" + previous + "\",\"result\":\"" + words +
         "\",\"hash\":\"" + seal::sha256(words) + "\"}";
}

Bundle bundle_with_journal() {
  BundleFacts facts = sample_facts();
  (void)take_drills(sample_history(), facts);
  const std::string words = "record SHA-256 " + seal::sha256(facts.lines[0]);
  facts.journal.lines = {entry(7, seal::sha256("six"), words), entry(8, seal::sha256(words), "eight")};
  facts.journal.first = JournalMark{3, facts.since, seal::sha256("three")};
  facts.journal.head = JournalMark{8, facts.until, seal::sha256("eight")};
  facts.journal.entries = 6;
  return *make_bundle(std::move(facts));
}

std::string seal_up(const json::object& statement, char key = 'k') {
  return seal::write_envelope(bundle_key(key), envelope_type, std::string(json::serialize(statement)));
}

std::string genuine() { return seal_up(statement_of(bundle_with_journal(), seal::sha256(page))); }

BundleProof proof_of(const std::string& text, const seal::Pin& pin = {}) {
  return verify_bundle(text, pin, read_chained, page);
}

// What is said of a bundle whose statement was changed: with its old signature, and signed anew by the same
// key.
struct Tampered {
  BundleProof old_signature, signed_anew;
};
Tampered tamper(const std::function<void(json::object& statement, json::object& predicate)>& change) {
  const std::string text = genuine();
  const auto envelope = *seal::read_envelope(text);
  auto statement = json::parse(envelope.payload).as_object();
  change(statement, statement.at("predicate").as_object());
  auto outer = json::parse(text).as_object();
  outer["payload"] = seal::encode(std::string(json::serialize(statement)), seal::Letters::base64);
  return {proof_of(std::string(json::serialize(outer))), proof_of(seal_up(statement))};
}

void expect_altered(const Tampered& tampered, const std::string& words) {
  for (const BundleProof* proof : {&tampered.old_signature, &tampered.signed_anew}) {
    EXPECT_EQ(proof->code(), 2);
    EXPECT_NE(proof->sentence().find(words), std::string::npos) << proof->sentence();
  }
  EXPECT_EQ(tampered.old_signature.faults.back(),
            "the signature does not fit: the bundle was altered after it was signed");
}

json::object& drill(json::object& predicate, std::size_t number) {
  return predicate.at("drills").as_array()[number].as_object();
}

}  // namespace

TEST(VerifyBundle, HoldsWhatWasMade) {
  const BundleProof proof = proof_of(genuine());
  EXPECT_EQ(proof.code(), 0) << proof.sentence();
  EXPECT_EQ(proof.key_name, bundle_key().public_key().thumbprint());
  EXPECT_FALSE(proof.pinned);
  const BundleProof pinned = proof_of(genuine(), {bundle_key().public_key(), ""});
  EXPECT_EQ(pinned.code(), 0);
  EXPECT_TRUE(pinned.pinned);
  EXPECT_EQ(proof.remarks,
            (std::vector<std::string>{
                "2 of 3 drills are not in the audit journal: no agent was there to write them in"}));
}

TEST(VerifyBundle, AnAlteredRecordIsNamed) {
  expect_altered(tamper([](auto&, auto& predicate) {
                   auto& line = drill(predicate, 1)["line"].as_string();
                   line = std::string(line).replace(std::string(line).find("disproved"), 9, "proven");
                 }),
                 "drill 20261119-033000 (number 2) was altered");
  expect_altered(
      tamper([](auto&, auto& predicate) { drill(predicate, 1)["record"].as_object()["finding"] = "proven"; }),
      "drill 20261119-033000 (number 2) was altered");
  expect_altered(tamper([](auto&, auto& predicate) { drill(predicate, 2)["sha256"] = std::string(64, '0'); }),
                 "drill 20261121-033000 (number 3) was altered");
}

TEST(VerifyBundle, ARemovedOrMovedDrillShows) {
  expect_altered(tamper([](auto&, auto& predicate) {
                   auto& drills = predicate.at("drills").as_array();
                   drills.erase(drills.begin() + 1);
                 }),
                 "drill 20261121-033000 (number 2) does not follow the drill before it");
  expect_altered(tamper([](auto&, auto& predicate) { predicate.at("drills").as_array().pop_back(); }),
                 "does not follow from the rest");
}

TEST(VerifyBundle, ALineWithItsDigestsMadeAnewStillDoesNotFitTheJournalOrTheSummary) {
  expect_altered(tamper([](auto&, auto& predicate) { predicate.at("summary").as_object()["missed"] = 0; }),
                 "predicate.summary.missed");
  expect_altered(tamper([](auto&, auto& predicate) { predicate.at("exceptions").as_array().clear(); }),
                 "predicate.exceptions");
  expect_altered(tamper([](auto&, auto& predicate) { drill(predicate, 0)["rto"] = "unknown"; }),
                 "predicate.drills[0].rto");
  expect_altered(
      tamper([](auto&, auto& predicate) { predicate.at("objectives").as_object()["rto_seconds"] = 60.0; }),
      "does not follow from the rest");
  expect_altered(tamper([](auto&, auto& predicate) {
                   predicate.at("schedule").as_object()["days"].as_array()[2].as_object()["state"] = "held";
                 }),
                 "predicate.schedule.days[2].state");
  expect_altered(tamper([](auto& statement, auto&) { statement["more"] = 1; }), "something was added");
}

TEST(VerifyBundle, AnAlteredJournalEntryIsNamed) {
  expect_altered(tamper([](auto&, auto& predicate) {
                   auto& line = predicate.at("journal").as_object()["lines"].as_array()[1].as_string();
                   line = std::string(line).replace(std::string(line).find("\"eight"), 6, "\"EIGHT");
                 }),
                 "entry 8 of the audit journal was altered");
  expect_altered(tamper([](auto&, auto& predicate) {
                   predicate.at("journal").as_object()["head"].as_object()["sequence"] = 7;
                 }),
                 "audit journal");
  expect_altered(tamper([](auto&, auto& predicate) {
                   predicate.at("journal").as_object()["lines"].as_array()[0] =
                       entry(7, std::string(64, '1'), "seven");
                 }),
                 "entry 8 of the audit journal does not follow");
}

TEST(VerifyBundle, AnAlteredPageShows) {
  const auto other = verify_bundle(genuine(), {}, read_chained, std::string("<!doctype html> all is well"));
  EXPECT_EQ(other.code(), 2);
  EXPECT_NE(other.sentence().find("bundle.html"), std::string::npos);
  const auto none = verify_bundle(genuine(), {}, read_chained, std::nullopt);
  EXPECT_EQ(none.code(), 0);
  EXPECT_NE(none.remarks.front().find("is not beside it"), std::string::npos);
}

TEST(VerifyBundle, UnsignedAndWronglyKeyedAreToldApartFromAltered) {
  auto outer = json::parse(genuine()).as_object();
  outer["signatures"] = json::array();
  const BundleProof bare = proof_of(std::string(json::serialize(outer)));
  EXPECT_EQ(bare.code(), 3);
  EXPECT_NE(bare.sentence().find("not signed"), std::string::npos);
  const BundleProof other = proof_of(genuine(), {bundle_key('x').public_key(), ""});
  EXPECT_EQ(other.code(), 3);
  EXPECT_NE(other.sentence().find("signed by another key"), std::string::npos);
  const BundleProof named = proof_of(genuine(), {std::nullopt, bundle_key('x').public_key().thumbprint()});
  EXPECT_EQ(named.code(), 3);
}

TEST(VerifyBundle, ItCannotBeSignedAnewInAnothersName) {
  const std::string text = seal_up(statement_of(bundle_with_journal(), seal::sha256(page)), 'x');
  const BundleProof proof = proof_of(text);
  EXPECT_EQ(proof.code(), 2);
  EXPECT_NE(proof.sentence().find("says to be signed by"), std::string::npos);
}

TEST(VerifyBundle, WhatIsNoBundleCannotBeToldOf) {
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("[1]"), std::string(200'000, '['),
        seal::write_envelope(bundle_key(), "text/plain", "hello"),
        seal::write_envelope(bundle_key(), envelope_type, R"({"_type":"other"})")}) {
    EXPECT_EQ(proof_of(text).code(), 3) << text.substr(0, 80);
    EXPECT_NE(proof_of(text).sentence().find("no evidence bundle"), std::string::npos);
  }
  EXPECT_EQ(proof_of(genuine().substr(0, 5000)).code(), 3);
  EXPECT_EQ(proof_of(seal::write_envelope(bundle_key(), envelope_type, "not json")).code(), 2);
}

TEST(VerifyBundle, AnythingThatIsMissingIsNamed) {
  expect_altered(tamper([](auto&, auto& predicate) { predicate.erase("journal"); }), "`journal`");
  expect_altered(tamper([](auto&, auto& predicate) { predicate["drills"] = 5; }), "`drills`");
  expect_altered(tamper([](auto&, auto& predicate) { drill(predicate, 0)["line"] = "{}"; }),
                 "cannot be read");
  expect_altered(tamper([](auto&, auto& predicate) { predicate.at("period").as_object()["since"] = "1970"; }),
                 "`since`");
}
