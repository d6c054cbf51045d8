#include "agent/leases/file/file_lease.hpp"

#include "agent/async/pool.hpp"

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/core.h>

namespace outrider::leases::file {
namespace {

constexpr std::uint64_t largest_bytes = 64 * 1024;

struct Kept {
  std::uint64_t token = 0;
  std::string holder;
  std::string record;
};

// What is not as we would have written it is no reason to begin at token 1 again.
core::Outcome<Kept> read_kept(os::Files& files, const std::string& path) {
  Kept kept;
  if (!files.exists(path)) return kept;
  auto text = files.read_all(path, largest_bytes);
  if (!text) return core::fail(text.error());
  boost::system::error_code trouble;
  const auto value = boost::json::parse(*text, trouble);
  const auto* const object = trouble ? nullptr : value.if_object();
  const auto* const token = object == nullptr ? nullptr : object->if_contains("token");
  const auto* const record = object == nullptr ? nullptr : object->if_contains("record");
  const auto* const holder = object == nullptr ? nullptr : object->if_contains("holder");
  const bool whole = token != nullptr && token->is_number() && record != nullptr && record->is_string() &&
                     holder != nullptr && holder->is_string();
  if (!whole)
    return core::fail(core::Errc::corrupt, fmt::format("cannot read {}: it is no record of a lease", path),
                      "look at who wrote it; when nobody needs it, remove it");
  boost::system::error_code out_of_range;
  kept.token = token->to_number<std::uint64_t>(out_of_range);
  kept.record = std::string(record->get_string());
  kept.holder = std::string(holder->get_string());
  return kept;
}

core::Outcome<> write_kept(os::Files& files, const std::string& path, const Kept& kept) {
  const boost::json::object object{{"token", kept.token}, {"holder", kept.holder}, {"record", kept.record}};
  return files.replace(path, boost::json::serialize(object) + "\n");
}

class FileLease final : public Lease {
 public:
  FileLease(std::string path, const Tools& tools)
      : path_(std::move(path)), record_path_(path_ + ".record"), tools_(tools) {}

  core::Task<core::Outcome<Held>> take(std::string holder, core::Duration) override {
    if (lock_)
      co_return core::fail(core::Errc::busy, fmt::format("{} is held by {}, ourselves", path_, kept_.holder));
    // Values only: whoever waits for this may have gone when it is done, and the lock with its result.
    auto work = [files = &tools_.files, lock = tools_.lock, path = path_, record_path = record_path_,
                 holder]() -> core::Outcome<Taken> {
      return take_now(*files, lock, path, record_path, holder);
    };
    auto taken = co_await async::offload(tools_.pool, std::move(work));
    if (!taken) co_return core::fail(taken.error());
    lock_ = std::move(taken->lock);
    kept_ = std::move(taken->kept);
    co_return Held{kept_.token, kept_.record};
  }

  core::Task<core::Outcome<>> write(std::string record) override {
    if (!lock_)
      co_return core::fail(core::Errc::refused, fmt::format("cannot write to {}: it is not ours", path_));
    Kept next = kept_;
    next.record = std::move(record);
    auto work = [files = &tools_.files, path = record_path_, next] { return write_kept(*files, path, next); };
    auto written = co_await async::offload(tools_.pool, std::move(work));
    if (written) kept_ = std::move(next);
    co_return written;
  }

  core::Task<core::Outcome<>> give_back() override {
    lock_.reset();
    co_return core::Outcome<>();
  }

  std::string target() const override { return path_; }

 private:
  struct Taken {
    std::shared_ptr<os::Lock> lock;
    Kept kept;
  };

  static core::Outcome<Taken> take_now(
      os::Files& files,
      const std::function<core::Outcome<std::unique_ptr<os::Lock>>(const std::string&)>& lock,
      const std::string& path, const std::string& record_path, const std::string& holder) {
    auto locked = lock(path);
    if (!locked && locked.error().code == core::Errc::busy) {
      // Who it is stands in the record; the lock itself only knows a process.
      const auto kept = read_kept(files, record_path);
      const std::string who = kept && !kept->holder.empty() ? kept->holder : "another one";
      return core::fail(core::Errc::busy, fmt::format("{} is held by {}", path, who));
    }
    if (!locked) return core::fail(locked.error());
    auto kept = read_kept(files, record_path);
    if (!kept) return core::fail(kept.error());
    ++kept->token;
    kept->holder = holder;
    if (auto written = write_kept(files, record_path, *kept); !written) return core::fail(written.error());
    return Taken{std::move(*locked), std::move(*kept)};
  }

  std::string path_, record_path_;
  Tools tools_;
  std::shared_ptr<os::Lock> lock_;  // while it is ours
  Kept kept_;
};

}  // namespace

std::shared_ptr<Lease> make_lease(std::string path, const Tools& tools) {
  return std::make_shared<FileLease>(std::move(path), tools);
}

}  // namespace outrider::leases::file
