#include "agent/net/streams/sim_streams.hpp"

#include "agent/async/race.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace outrider::net {

using core::Errc;
using core::fail;
using core::Outcome;

struct SimStreams::Line {
  struct Way {
    explicit Way(const async::Executor& executor) : changed(executor) {}
    std::string bytes;
    bool has_ended = false;  // who writes has gone
    bool is_left = false;    // who reads has gone
    async::Bell changed;
  };
  Line(const async::Executor& executor, std::size_t most) : there(executor), back(executor), window(most) {}

  void tear() {
    is_torn = true;
    there.changed.ring();
    back.changed.ring();
  }

  Way there, back;
  std::size_t window;
  bool is_torn = false;
  std::vector<Certificate> certificates;
};

class SimStreams::End final : public Stream {
 public:
  End(core::Clock& clock, std::shared_ptr<Line> line, bool is_caller, std::string peer)
      : clock_(clock), line_(std::move(line)), is_caller_(is_caller), peer_(std::move(peer)) {}
  ~End() override {
    outgoing().has_ended = true;
    incoming().is_left = true;
    outgoing().changed.ring();
    incoming().changed.ring();
  }

  core::Task<Outcome<std::size_t>> read_some(std::span<char> into, core::Duration limit) override {
    core::Task<void> work = wait_for_bytes();
    const bool in_time = co_await async::finish_within(clock_, limit, std::move(work));
    const std::string step = "cannot read from " + peer_;
    if (!in_time) {
      co_return fail(Errc::timed_out, step + ": nothing came within " + core::show_duration(limit));
    }
    if (line_->is_torn) co_return fail(core::system_error(step, ECONNRESET));
    Line::Way& way = incoming();
    const std::size_t count = std::min(into.size(), way.bytes.size());
    std::memcpy(into.data(), way.bytes.data(), count);
    way.bytes.erase(0, count);
    way.changed.ring();
    co_return count;
  }

  core::Task<Outcome<>> write_all(std::string_view bytes, core::Duration limit) override {
    core::Task<void> work = write(bytes);
    const bool in_time = co_await async::finish_within(clock_, limit, std::move(work));
    const std::string step = "cannot write to " + peer_;
    if (!in_time) {
      co_return fail(Errc::timed_out, step + ": it did not take it within " + core::show_duration(limit));
    }
    if (line_->is_torn || outgoing().is_left) co_return fail(core::system_error(step, EPIPE));
    co_return Outcome<>();
  }

  bool is_stale() const override {
    const Line::Way& way = is_caller_ ? line_->back : line_->there;
    return line_->is_torn || way.has_ended || !way.bytes.empty();
  }
  std::vector<Certificate> certificates() const override { return line_->certificates; }
  const std::string& peer() const override { return peer_; }

 private:
  Line::Way& outgoing() { return is_caller_ ? line_->there : line_->back; }
  Line::Way& incoming() { return is_caller_ ? line_->back : line_->there; }

  core::Task<void> wait_for_bytes() {
    while (incoming().bytes.empty() && !incoming().has_ended && !line_->is_torn)
      co_await incoming().changed.wait();
  }

  core::Task<void> write(std::string_view bytes) {
    Line::Way& way = outgoing();
    while (!bytes.empty() && !line_->is_torn && !way.is_left) {
      const std::size_t room = line_->window - std::min(line_->window, way.bytes.size());
      const std::size_t count = std::min(room, bytes.size());
      way.bytes += bytes.substr(0, count);
      bytes.remove_prefix(count);
      if (count > 0) way.changed.ring();
      if (!bytes.empty()) co_await way.changed.wait();
    }
  }

  core::Clock& clock_;
  std::shared_ptr<Line> line_;
  bool is_caller_;
  std::string peer_;
};

class SimStreams::Door final : public StreamListener {
 public:
  Door(SimStreams& net, std::string address) : net_(net), address_(std::move(address)) {
    net_.listen(address_);
  }
  ~Door() override { net_.close(address_); }
  core::Task<std::unique_ptr<Stream>> accept() override { return net_.accept(address_); }
  const std::string& address() const override { return address_; }

 private:
  SimStreams& net_;
  std::string address_;
};

class SimStreams::Letterbox final : public DatagramListener {
 public:
  Letterbox(SimStreams& net, std::string address)
      : net_(net), address_(std::move(address)), news_(net.executor_) {
    net_.letterboxes_[address_] = this;
  }
  ~Letterbox() override { net_.letterboxes_.erase(address_); }

  core::Task<Outcome<Datagram>> receive(std::span<char> into) override {
    while (waiting_.empty()) co_await news_.wait();
    const std::string text = std::move(waiting_.front());
    waiting_.pop_front();
    Datagram datagram;
    datagram.bytes = std::min(into.size(), text.size());
    datagram.is_cut = datagram.bytes < text.size();
    std::memcpy(into.data(), text.data(), datagram.bytes);
    co_return datagram;
  }
  std::uint64_t lost() const override { return lost_; }
  const std::string& address() const override { return address_; }

  void put(std::string text) {
    if (waiting_.size() == most_waiting) {
      ++lost_;
      return;
    }
    waiting_.push_back(std::move(text));
    news_.ring();
  }

 private:
  static constexpr std::size_t most_waiting = 1000;
  SimStreams& net_;
  std::string address_;
  async::Bell news_;
  std::deque<std::string> waiting_;
  std::uint64_t lost_ = 0;
};

Outcome<std::unique_ptr<StreamListener>> SimStreams::listen(const async::Executor&,
                                                            const std::string& address,
                                                            const std::optional<TlsFiles>&) {
  if (hosts_[address].is_open) return fail(core::system_error("cannot listen on " + address, EADDRINUSE));
  return std::make_unique<Door>(*this, address);
}

Outcome<std::unique_ptr<DatagramListener>> SimStreams::receive(const async::Executor&,
                                                               const std::string& address) {
  if (letterboxes_.contains(address))
    return fail(core::system_error("cannot listen on " + address, EADDRINUSE));
  return std::make_unique<Letterbox>(*this, address);
}

bool SimStreams::send(const std::string& address, std::string datagram) {
  const auto box = letterboxes_.find(address);
  if (box == letterboxes_.end()) return false;
  box->second->put(std::move(datagram));
  return true;
}

core::Task<Outcome<std::unique_ptr<Stream>>> SimStreams::connect(std::string address,
                                                                 std::optional<TlsTrust> tls,
                                                                 core::Duration limit) {
  Host& host = hosts_[address];
  const std::string step = "cannot connect to " + address;
  if (host.is_silent) {
    co_await clock_.sleep(limit);
    co_return fail(Errc::timed_out, step + ": no answer within " + core::show_duration(limit));
  }
  co_await clock_.sleep(std::chrono::milliseconds(1));
  if (!host.is_open) co_return fail(core::system_error(step, ECONNREFUSED));
  auto line = std::make_shared<Line>(executor_, window_);
  ++host.connections;
  host.trust = std::move(tls);
  line->certificates = host.certificates;
  host.lines.push_back(line);
  host.waiting.push_back(std::make_unique<End>(clock_, line, false, "127.0.0.1:40000"));
  news_of(host).ring();
  co_return std::make_unique<End>(clock_, line, true, std::move(address));
}

core::Task<Outcome<std::unique_ptr<Stream>>> SimStreams::secure(std::unique_ptr<Stream> stream, TlsTrust tls,
                                                                core::Duration) {
  hosts_[stream->peer()].trust = std::move(tls);
  co_return std::move(stream);
}

async::Bell& SimStreams::news_of(Host& host) {
  if (!host.news) host.news = std::make_unique<async::Bell>(executor_);
  return *host.news;
}

void SimStreams::listen(const std::string& address) { hosts_[address].is_open = true; }

void SimStreams::close(const std::string& address) {
  hosts_[address].is_open = false;
  tear(address);
  hosts_[address].waiting.clear();
}

core::Task<std::unique_ptr<Stream>> SimStreams::accept(const std::string& address) {
  Host& host = hosts_[address];
  while (host.waiting.empty()) co_await news_of(host).wait();
  std::unique_ptr<Stream> stream = std::move(host.waiting.front());
  host.waiting.pop_front();
  co_return stream;
}

void SimStreams::tear(const std::string& address) {
  for (const auto& held : hosts_[address].lines) {
    if (const auto line = held.lock()) line->tear();
  }
  hosts_[address].lines.clear();
}

void SimStreams::set_silent(const std::string& address, bool is_silent) {
  hosts_[address].is_silent = is_silent;
}

std::uint64_t SimStreams::connections(const std::string& address) const {
  const auto host = hosts_.find(address);
  return host == hosts_.end() ? 0 : host->second.connections;
}

}  // namespace outrider::net
