// A Logstash of our own making for tests: a strict reader of Lumberjack 2 on a simulated address, which
// answers each window as the test says.
#pragma once

#include "agent/async/nursery.hpp"
#include "agent/net/gzip.hpp"
#include "agent/net/streams/sim_streams.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/this_coro.hpp>

namespace outrider::sinks::logstash::testing {

inline std::string ack(std::uint32_t number) {
  std::string bytes = "2A";
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift & 0xff);
  return bytes;
}

class FakeLogstash {
 public:
  // False: hang up.
  using Answer = std::function<core::Task<bool>(net::Stream& client, std::uint32_t window)>;

  FakeLogstash(net::SimStreams& net, std::string address) : net_(net), address_(std::move(address)) {
    net_.listen(address_);
  }

  core::Task<void> run() {
    async::Nursery guests(co_await boost::asio::this_coro::executor);
    guests.start(welcome(guests));
    co_await guests.join();
  }

  static core::Task<bool> say(net::Stream& client, std::string bytes) {
    const core::Outcome<> written = co_await client.write_all(bytes, std::chrono::seconds(5));
    co_return written.has_value();
  }
  static core::Task<bool> take_all(net::Stream& client, std::uint32_t window) {
    return say(client, ack(window));
  }

  Answer answer = take_all;
  std::vector<std::string> events;     // everything that came, in order, again where it came again
  std::vector<std::uint32_t> windows;  // their sizes
  std::vector<std::string> complaints;

 private:
  struct Guest {
    std::unique_ptr<net::Stream> stream;
    std::string bytes;
  };

  core::Task<void> welcome(async::Nursery& guests) {
    for (;;) {
      auto stream = co_await net_.accept(address_);
      guests.start(serve(std::move(stream)));
    }
  }

  core::Task<void> serve(std::unique_ptr<net::Stream> stream) {
    Guest guest{std::move(stream), {}};
    for (;;) {
      const std::string head = co_await take(guest, 6);
      if (head.empty()) co_return;
      if (!head.starts_with("2W")) complaints.push_back("no window: " + head);
      const std::uint32_t window = number_at(head, 2);
      const std::size_t before = events.size();
      co_await read_frames(guest, window);
      if (events.size() - before != window) co_return;
      windows.push_back(window);
      const bool goes_on = co_await answer(*guest.stream, window);
      if (!goes_on) co_return;
    }
  }

  core::Task<void> read_frames(Guest& guest, std::uint32_t window) {
    std::uint32_t number = 0;
    while (number < window) {
      const std::string head = co_await take(guest, 2);
      if (head == "2J") {
        const std::string rest = co_await take(guest, 8);
        if (rest.empty()) co_return;
        const std::string event = co_await take(guest, number_at(rest, 4));
        keep(rest, event, ++number);
      } else if (head == "2C") {
        const std::string size = co_await take(guest, 4);
        if (size.empty()) co_return;
        const std::string packed = co_await take(guest, number_at(size, 0));
        unpack(packed, number);
      } else {
        if (!head.empty()) complaints.push_back("no frame: " + head);
        co_return;
      }
    }
  }

  void unpack(const std::string& packed, std::uint32_t& number) {
    const auto plain = net::gunzip(packed, 64u << 20);
    if (!plain) {
      complaints.push_back(plain.error().what);
      return;
    }
    for (std::size_t at = 0; at + 10 <= plain->size();) {
      if (plain->substr(at, 2) != "2J") complaints.push_back("no event within a compressed frame");
      const std::size_t size = number_at(*plain, at + 6);
      keep(plain->substr(at + 2, 8), plain->substr(at + 10, size), ++number);
      at += 10 + size;
    }
  }

  void keep(const std::string& head, const std::string& event, std::uint32_t number) {
    if (number_at(head, 0) != number) complaints.push_back("a window is not numbered from 1");
    events.push_back(event);
  }

  // So many bytes; empty when they do not come.
  static core::Task<std::string> take(Guest& guest, std::size_t count) {
    std::array<char, 4096> buffer{};
    while (guest.bytes.size() < count) {
      const std::span<char> into(buffer);
      const core::Outcome<std::size_t> got = co_await guest.stream->read_some(into, std::chrono::hours(1));
      if (!got || *got == 0) co_return std::string();
      guest.bytes.append(buffer.data(), *got);
    }
    std::string taken = guest.bytes.substr(0, count);
    guest.bytes.erase(0, count);
    co_return taken;
  }

  static std::uint32_t number_at(const std::string& bytes, std::size_t at) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes.at(at + i));
    return number;
  }

  net::SimStreams& net_;
  std::string address_;
};

}  // namespace outrider::sinks::logstash::testing
