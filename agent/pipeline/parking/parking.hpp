// Records that a sink will never take as they are, kept on the disk with what the sink said, before their
// delivery counts. They can be looked at, offered again under the same id, or dropped by a person. All on the
// carry river; the book's work is done in the pool.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/async/pool.hpp"
#include "agent/pipeline/parking/parked_record.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Gauge;
class Registry;
}  // namespace prometheus

namespace outrider::pipeline {

// When there is no room. hold: the delivery does not count, so the sink waits and tells, and nothing is given
// up; drop_oldest: what was parked first is given up, and counted.
enum class WhenParkingFull { hold, drop_oldest };

struct ParkingSettings {
  std::uint64_t most_bytes = 64u << 20;
  WhenParkingFull when_full = WhenParkingFull::hold;
};

class Parking {
 public:
  struct Tools {
    core::Clock& clock;
    async::Pool& pool;
    durable::Book& book;
    ::prometheus::Registry& registry;
  };

  Parking(const async::Executor& carry, Tools tools, ParkingSettings settings = {});
  ~Parking();

  // Its series are there from now on, and say 0 until something is parked.
  void expect(const std::string& sink);

  // Counts what is parked from before, for the metrics; the others do it when it was not done.
  async::Task<core::Outcome<>> open();

  // On the disk when it returns. A record that is parked already, because its delivery was not known to count
  // or because it was replayed, stays one. An error: nothing was parked, the delivery must not count and is
  // to be tried again; its sentence is the sink's trouble.
  async::Task<core::Outcome<>> park(std::string sink, std::vector<sinks::Refused> refused);

  std::uint64_t count() const;
  std::uint64_t count(const std::string& sink) const;
  std::uint64_t bytes() const { return bytes_; }
  std::vector<std::string> sinks() const;  // that have, or had, some

  // The next ones of a sink behind the key `after` (empty: from the first), about `most_bytes` of them.
  async::Task<core::Outcome<std::vector<ParkedRecord>>> next_of(std::string sink, std::string after,
                                                                std::uint64_t most_bytes);

  // Removes those that are as next_of() gave them: what was refused again meanwhile stays. Says how many have
  // gone. `fate` is for the metric: "replayed", "dropped".
  async::Task<core::Outcome<std::uint64_t>> remove(std::vector<ParkedRecord> records, std::string fate);

 private:
  struct Step;  // what one write to the book does to the sums
  struct Sum;
  class Turn;

  async::Task<std::unique_ptr<Turn>> turn();
  async::Task<core::Outcome<>> opened();
  core::Outcome<Step> count_all() const;
  core::Outcome<Step> put(const std::vector<ParkedRecord>& records) const;
  core::Outcome<> give_up_oldest(Step& step, std::uint64_t bytes) const;
  core::Outcome<Step> take(const std::vector<ParkedRecord>& records, const std::string& fate) const;
  void apply(const Step& step);
  Sum& sum_of(const std::string& sink);

  Tools tools_;
  ParkingSettings settings_;
  async::Bell free_;
  bool busy_ = false;
  bool open_ = false;
  std::map<std::string, std::unique_ptr<Sum>> sums_;
  std::uint64_t bytes_ = 0;
  std::uint64_t next_order_ = 1;
  ::prometheus::Gauge* bytes_meter_;
};

}  // namespace outrider::pipeline
