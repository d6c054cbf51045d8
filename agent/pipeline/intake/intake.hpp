// What a volatile log source feeds, or what senders keep until they are told: the chain of what is done to
// the lines, and their streams' accounts with every sink.
#pragma once

#include "agent/pipeline/carrier.hpp"
#include "agent/pipeline/follow/following.hpp"
#include "agent/pipeline/intake/left_out.hpp"
#include "agent/pipeline/spool/spool.hpp"
#include "agent/sources/shelf.hpp"
#include "agent/transforms/chain.hpp"

#include <algorithm>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace outrider::pipeline {

class ChainIntake final : public sources::Intake, public sources::KeepingIntake {
 public:
  ChainIntake(core::Clock& clock, std::unique_ptr<transforms::Chain> chain,
              const std::vector<std::string>& streams, const std::vector<Destination>& destinations,
              Ledger& ledger, Spool* spool = nullptr)
      : clock_(clock), chain_(std::move(chain)), spool_(spool) {
    for (const auto& stream : streams) {
      auto& routes = routes_[stream];
      for (const auto& [carrier, name, all] : destinations) {
        routes.push_back({carrier, &ledger.open(stream, carrier->name()), name});
        if (spool_ != nullptr) spool_->use(stream, carrier->name(), *routes.back().account);
      }
    }
  }

  // Straight to the sinks, since nothing can be written down.
  void without_spool() { spool_ = nullptr; }

  // From now on its lines follow their traces, where they can be written down.
  void follow(Following& following) { following_ = &following; }

  void take(telemetry::Batch batch) override {
    if (!routes_.contains(batch.stream) || batch.records.empty()) return;
    chain_->apply(batch, clock_.now(), clock_.wall());
    count_left_out_here();
    hand_on(std::move(batch));
  }

  bool is_behind() const override { return spool_ != nullptr && spool_->is_behind(); }

  // Of a stream whose lines all stand alone. Not without a spool.
  core::Task<core::Outcome<sources::Kept>> keep(telemetry::Batch batch) override;

  void read_up_to(const std::string& stream, std::uint64_t key, std::uint64_t offset) override {
    if (spool_ == nullptr) return;
    auto& places = read_to_[stream];
    places[key] = offset;
    note_places(stream);
    // Of the starts before this one only what still waits is of interest.
    std::erase_if(
        places, [&](const auto& read) { return read.first != key && place_of(stream, read) == read.second; });
  }

  // Lines that have waited long enough for the rest of themselves.
  void hand_on_due() { hand_on_all(chain_->due(clock_.now())); }
  // Nothing more is read.
  void hand_on_rest() { hand_on_all(chain_->rest()); }

 private:
  struct Route {
    Carrier* carrier;
    Account* account;
    std::string name;  // in the configuration
  };

  // Lines on their way to where they wait: their stream is not written down beyond the first of them.
  struct Mark {
    std::string stream;
    std::map<std::uint64_t, std::uint64_t> first;  // of each start: from where
  };

  bool follows() const { return following_ != nullptr && spool_ != nullptr; }
  // Puts aside what waits. What is left goes on.
  telemetry::Batch hold(telemetry::Batch batch);
  core::Task<core::Outcome<>> keep_following(telemetry::Batch documents);
  void not_held(telemetry::Batch batch);

  void hand_on_all(std::vector<telemetry::Batch> batches) {
    count_left_out_here();
    for (telemetry::Batch& batch : batches) {
      const std::string stream = batch.stream;
      hand_on(std::move(batch));
      note_places(stream);
    }
  }

  // A line that waits for its rest is not written down, nor is one on its way to where it waits: up to there,
  // and no further.
  std::uint64_t place_of(const std::string& stream,
                         const std::pair<const std::uint64_t, std::uint64_t>& read) const;

  void note_places(const std::string& stream) {
    const auto known = read_to_.find(stream);
    if (known == read_to_.end() || spool_ == nullptr) return;
    for (const auto& read : known->second) spool_->reached(read.first, place_of(stream, read));
  }

  void count_left_out_here() {
    for (const transforms::LeftOut& some : chain_->left_out()) {
      for (const Route& route : routes_.at(some.stream)) count_left_out(some, *route.account);
    }
  }

  // A record is read once it is whole: a line that waits for its rest is in nobody's books yet.
  void hand_on(telemetry::Batch batch) {
    if (follows()) batch = hold(std::move(batch));
    if (batch.records.empty()) return;
    if (spool_ != nullptr) return spool_->append(std::move(batch));
    const auto shared = std::make_shared<const telemetry::Batch>(std::move(batch));
    for (const auto& [carrier, account, name] : routes_.at(shared->stream)) {
      telemetry::BatchPointer mine = shared;
      if (shared->routes) {
        telemetry::Share share = telemetry::share_of(*shared, name);
        count_routed(share, *account);
        if (share.batch.records.empty()) continue;
        mine = std::make_shared<const telemetry::Batch>(std::move(share.batch));
      }
      account->read(amount_of(*mine));
      carrier->push(mine, *account);
    }
  }

  core::Clock& clock_;
  std::unique_ptr<transforms::Chain> chain_;
  Spool* spool_;
  Following* following_ = nullptr;
  std::list<Mark> marks_;
  std::map<std::string, std::vector<Route>> routes_;
  std::map<std::string, std::map<std::uint64_t, std::uint64_t>>
      read_to_;  // of each stream's starts: up to where
};

}  // namespace outrider::pipeline
