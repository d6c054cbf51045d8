#include "agent/os/watching/directory_watch.hpp"

#include "agent/os/descriptor.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include <sys/inotify.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/core.h>

namespace outrider::os {
namespace {

constexpr std::uint32_t entries = IN_CREATE | IN_DELETE | IN_MOVE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB;
constexpr std::uint32_t contents = IN_MODIFY;

Change::Kind kind_of(std::uint32_t mask) {
  if ((mask & IN_MODIFY) != 0) return Change::Kind::written;
  return (mask & IN_ATTRIB) != 0 ? Change::Kind::touched : Change::Kind::entries;
}

class Inotify final : public DirectoryWatch {
 public:
  Inotify(const async::Executor& river, Descriptor kernel) : kernel_(river, kernel.release()) {}

  core::Outcome<> add(const std::string& directory, bool files_too) override {
    const std::uint32_t mask = entries | (files_too ? contents : 0) | IN_ONLYDIR | IN_MASK_ADD;
    const std::lock_guard lock(mutex_);
    const int number = ::inotify_add_watch(kernel_.native_handle(), directory.c_str(), mask);
    if (number < 0) {
      const int why = errno;
      core::Error error = core::system_error(fmt::format("cannot watch {}", directory), why);
      if (why == ENOSPC) error.hint = "raise fs.inotify.max_user_watches";
      return core::fail(std::move(error));
    }
    const auto [known, fresh] = numbers_.try_emplace(directory, number);
    if (!fresh && known->second != number) {
      forget(known->second, directory);  // another directory has the name now
      known->second = number;
    }
    names_[number].insert(directory);
    return {};
  }

  core::Task<Changes> next() override {
    for (;;) {
      const ssize_t count = ::read(kernel_.native_handle(), buffer_.data(), buffer_.size());
      if (count > 0) co_return changes_in(static_cast<std::size_t>(count));
      if (count < 0 && errno == EINTR) continue;
      co_await kernel_.async_wait(boost::asio::posix::descriptor_base::wait_read, boost::asio::use_awaitable);
    }
  }

 private:
  void forget(int number, const std::string& directory) {
    const auto found = names_.find(number);
    if (found == names_.end() || found->second.erase(directory) == 0 || !found->second.empty()) return;
    names_.erase(found);
    ::inotify_rm_watch(kernel_.native_handle(), number);
  }

  Changes changes_in(std::size_t count) {
    const std::lock_guard lock(mutex_);
    Changes changes;
    inotify_event event{};
    for (std::size_t at = 0; at + sizeof event <= count; at += sizeof event + event.len) {
      std::memcpy(&event, buffer_.data() + at, sizeof event);
      if ((event.mask & IN_Q_OVERFLOW) != 0) changes.overflowed = true;
      const auto found = names_.find(event.wd);
      if (found == names_.end()) continue;
      const std::string name =
          event.len > 0 ? std::string(buffer_.data() + at + sizeof event) : std::string();
      for (const std::string& directory : found->second) {
        changes.list.push_back({kind_of(event.mask), (event.mask & IN_ISDIR) != 0, directory, name});
      }
      if ((event.mask & IN_IGNORED) == 0) continue;
      for (const std::string& directory : found->second) {
        const auto number = numbers_.find(directory);
        if (number != numbers_.end() && number->second == event.wd) numbers_.erase(number);
      }
      names_.erase(found);
    }
    return changes;
  }

  boost::asio::posix::stream_descriptor kernel_;
  std::mutex mutex_;                            // add() comes from a pool
  std::map<int, std::set<std::string>> names_;  // links lead to one directory under several
  std::map<std::string, int> numbers_;
  std::array<char, 16 * 1024> buffer_{};
};

}  // namespace

core::Outcome<std::unique_ptr<DirectoryWatch>> watch_directories(const async::Executor& river) {
  Descriptor kernel = above_standard(Descriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)));
  if (!kernel) {
    core::Error error = core::system_error("cannot watch directories");
    if (errno == EMFILE) error.hint = "raise fs.inotify.max_user_instances, or the limit of open files";
    return core::fail(std::move(error));
  }
  return std::make_unique<Inotify>(river, std::move(kernel));
}

}  // namespace outrider::os
