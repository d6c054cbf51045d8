// What the flight recorder sees of a chain: every record as its document, so that what must not leave the
// machine is out of it; also those that a step lets go no further, which is what "full verbosity" means.
// It hands on to a tap's sight, where there is one.
#pragma once

#include "agent/pipeline/tap/chain_sight.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace outrider::pipeline {

// Keeps a line; on the carry river, and must not block. `when` is when it came by.
using Keep = std::function<void(core::WallTime when, std::string_view stream, std::string_view document,
                                bool unterminated)>;

class RecordSight final : public transforms::Onlooker {
 public:
  // Reading a line to its end only for the recorder costs what the step had saved: no more of them a second.
  static constexpr std::uint32_t most_left_out_a_second = 2000;

  // `readers`: of a source that is read once for each sink; null: there is but one reader.
  RecordSight(const Keep& keep, ChainSight::Seen seen, std::shared_ptr<Foremost> readers,
              std::unique_ptr<ChainSight> tapped)
      : keep_(keep), seen_(std::move(seen)), readers_(std::move(readers)), tapped_(std::move(tapped)) {}

  Look look() const override;
  void went_on(const transforms::Event& event, const telemetry::Record& record,
               std::span<const transforms::Note> notes) override;
  void left_out(const transforms::Event& event, transforms::Onward why,
                std::span<const transforms::Note> notes) override;

 private:
  bool is_new(const transforms::Event& event) const;
  bool may_read_on(core::Instant now);
  void keep(const transforms::Event& event, std::string_view document) const;

  const Keep& keep_;
  ChainSight::Seen seen_;
  std::shared_ptr<Foremost> readers_;
  std::unique_ptr<ChainSight> tapped_;
  mutable Look tapped_looks_ = Look::no;
  std::unique_ptr<WholeWay> whole_way_;
  core::Instant second_began_{};
  std::uint32_t left_out_ = 0;  // since then
};

// Who looks at a chain: the recorder, a tap, one for both, or nobody.
std::unique_ptr<transforms::Onlooker> onlooker(const Keep& keep, ChainSight::Seen seen,
                                               std::unique_ptr<ChainSight> tapped,
                                               std::shared_ptr<Foremost> readers = nullptr);

}  // namespace outrider::pipeline
