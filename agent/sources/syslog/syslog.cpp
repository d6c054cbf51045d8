#include "agent/sources/syslog/syslog.hpp"

#include "agent/async/bell.hpp"
#include "agent/async/nursery.hpp"
#include "agent/async/race.hpp"
#include "agent/sources/syslog/framer.hpp"
#include "agent/sources/syslog/meters.hpp"
#include "agent/telemetry/utf8.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/this_coro.hpp>

namespace outrider::sources::syslog {
namespace {

using telemetry::Record;

constexpr std::size_t read_bytes = 16 * 1024;
constexpr core::Duration until_listening_again = std::chrono::seconds(10);
constexpr std::size_t largest_datagram = 64 * 1024;

// One listener: its name, its place in the world of ids, and how messages become records.
struct Channel {
  Channel(const Tools& tools, std::string named)
      : name(std::move(named)), meters(tools.registry, name), intake(nullptr), clock(tools.clock) {
    // No two lives of an agent have the same, though both begin in one second.
    origin.generation = static_cast<std::uint32_t>(tools.random.next());
    origin.began_seconds = telemetry::seconds_of(clock.wall());
    origin.stream = telemetry::stream_key(tools.installation, name, origin.generation);
  }

  void add(telemetry::Batch& batch, const Frame& frame) {
    Record record;
    record.marks = frame.marks;
    std::string_view text = frame.text;
    if (!telemetry::valid_utf8(text)) {
      scratch.clear();
      telemetry::append_repaired(scratch, text);
      text = scratch;
      record.marks |= telemetry::mark_repaired;
    }
    if ((frame.marks & telemetry::mark_cut) && !(frame.marks & telemetry::mark_continued))
      meters.cut_messages->Increment();
    record.text = shelter.keep(text, batch.chunks);
    record.bytes = frame.bytes;
    record.origin = origin;
    record.time = clock.wall();
    origin.offset += std::max<std::size_t>(frame.bytes, 1);
    batch.records.push_back(record);
  }

  void hand_on(telemetry::Batch batch) {
    if (batch.records.empty()) return;
    batch.stream = name;
    intake->take(std::move(batch));
  }

  std::string name;
  Meters meters;
  Intake* intake;
  core::Clock& clock;
  telemetry::Origin origin;  // of the next record
  telemetry::Shelter shelter;
  std::string scratch;
  std::size_t open = 0;  // connections
};

// A connection's part in what is counted; and however it ends, the message that was begun is handed on.
struct Visit {
  Visit(Channel& of, std::size_t most_message) : channel(of), framer(most_message) {
    channel.meters.connections->Set(static_cast<double>(++channel.open));
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;
  ~Visit() {
    telemetry::Batch batch;
    if (Frame frame; framer.last(frame)) channel.add(batch, frame);
    channel.hand_on(std::move(batch));
    channel.meters.connections->Set(static_cast<double>(--channel.open));
  }

  void take(std::string_view bytes) {
    framer.add(bytes);
    telemetry::Batch batch;
    for (Frame frame; framer.next(frame);) channel.add(batch, frame);
    channel.hand_on(std::move(batch));
  }

  Channel& channel;
  Framer framer;
};

class SyslogSource final : public LogSource {
 public:
  SyslogSource(const Tools& tools, Settings settings) : tools_(tools), settings_(std::move(settings)) {
    for (const std::string& name : streams()) channels_.push_back(std::make_unique<Channel>(tools_, name));
  }

  std::vector<std::string> streams() const override { return streams_of(settings_); }
  void adopt(ChildOutput&) override {}

  core::Task<void> run(Intake& intake) override {
    const async::Executor executor = co_await boost::asio::this_coro::executor;
    finished_ = std::make_unique<async::Bell>(executor);
    if (is_finished_) co_return;
    std::vector<core::Task<void>> either;
    either.push_back(listen(intake));
    either.push_back(finished_->wait());
    co_await async::race_all(std::move(either));
  }

  // What is on the wire is not ours yet: senders over TCP keep it, and UDP never promised anything.
  void finish() override {
    is_finished_ = true;
    if (finished_) finished_->ring();
  }

 private:
  core::Task<void> listen(Intake& intake) {
    async::Nursery listeners(co_await boost::asio::this_coro::executor);
    std::size_t at = 0;
    for (const auto& channel : channels_) channel->intake = &intake;
    if (!settings_.udp.empty()) listeners.start(receive(*channels_[at++]));
    if (!settings_.tcp.empty()) listeners.start(accept(*channels_[at++], settings_.tcp, std::nullopt));
    if (settings_.tls) listeners.start(accept(*channels_[at++], settings_.tls->listen, settings_.tls->files));
    co_await listeners.join();
  }

  // A port that is in use may be free later; until then the metric and the log say that nothing can come.
  core::Task<void> cannot_listen(const Channel& channel, const core::Error& error) {
    tools_.log.error("sources", "Cannot receive syslog messages",
                     {{"listener", channel.name}, {"why", error.what}, {"hint", error.hint}});
    co_await tools_.clock.sleep(until_listening_again);
  }

  core::Task<void> receive(Channel& channel) {
    const async::Executor executor = co_await boost::asio::this_coro::executor;
    std::vector<char> buffer(largest_datagram);
    for (;;) {
      const auto box = tools_.listeners.receive(executor, settings_.udp);
      if (!box) {
        co_await cannot_listen(channel, box.error());
        continue;
      }
      channel.meters.listening->Set(1);
      core::Error trouble;
      std::uint64_t lost = 0;
      for (;;) {
        const core::Outcome<net::Datagram> got = co_await (*box)->receive(buffer);
        if (!got) {
          trouble = got.error();
          break;
        }
        take_datagram(channel, std::string_view(buffer.data(), got->bytes), got->is_cut);
        channel.meters.lost_datagrams->Increment(static_cast<double>((*box)->lost() - lost));
        lost = (*box)->lost();
        co_await async::yield_turn();  // a flood takes turns with the sinks
      }
      channel.meters.listening->Set(0);
      co_await cannot_listen(channel, trouble);
    }
  }

  // A datagram is a message (RFC 5426); a line's end behind it is none of it.
  void take_datagram(Channel& channel, std::string_view text, bool is_cut) {
    Frame frame;
    frame.bytes = text.size();
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == '\0'))
      text.remove_suffix(1);
    if (text.empty()) return;
    frame.text = text;
    if (is_cut) frame.marks = telemetry::mark_cut;
    telemetry::Batch batch;
    channel.add(batch, frame);
    channel.hand_on(std::move(batch));
  }

  core::Task<void> accept(Channel& channel, std::string address, std::optional<net::TlsFiles> files) {
    const async::Executor executor = co_await boost::asio::this_coro::executor;
    async::Nursery visitors(executor);
    visitors.start(welcome(visitors, channel, std::move(address), std::move(files)));
    co_await visitors.join();
  }

  core::Task<void> welcome(async::Nursery& visitors, Channel& channel, std::string address,
                           std::optional<net::TlsFiles> files) {
    const async::Executor executor = co_await boost::asio::this_coro::executor;
    for (;;) {
      const auto door = tools_.listeners.listen(executor, address, files);
      if (!door) {
        co_await cannot_listen(channel, door.error());
        continue;
      }
      channel.meters.listening->Set(1);
      for (;;) {
        auto caller = co_await (*door)->accept();
        if (channel.open >= settings_.connections) {
          channel.meters.cut_off("too_many");
          continue;
        }
        visitors.start(attend(channel, std::move(caller)));
      }
    }
  }

  core::Task<void> attend(Channel& channel, std::unique_ptr<net::Stream> caller) {
    Visit visit(channel, settings_.most_message);
    std::vector<char> buffer(read_bytes);
    core::Instant begun = tools_.clock.now();
    for (;;) {
      const bool is_within = visit.framer.has_begun();
      const core::Duration limit =
          is_within ? begun + settings_.message_time - tools_.clock.now() : settings_.idle;
      const core::Outcome<std::size_t> got = co_await caller->read_some(buffer, limit);
      if (!got) {
        cut_off(channel, *caller, got.error(), is_within);
        co_return;
      }
      if (*got == 0) co_return;
      const std::uint64_t before = channel.origin.offset;
      visit.take(std::string_view(buffer.data(), *got));
      if (!is_within || channel.origin.offset != before) begun = tools_.clock.now();
      co_await async::yield_turn();
    }
  }

  void cut_off(Channel& channel, const net::Stream& caller, const core::Error& error, bool is_within) {
    const bool is_late = error.code == core::Errc::timed_out;
    channel.meters.cut_off(!is_late ? "broken" : is_within ? "slow" : "idle");
    if (!is_late) return;
    tools_.log.warn("sources",
                    is_within ? "A sender was cut off: its message did not end in time"
                              : "A sender was cut off: it has said nothing for long",
                    {{"listener", channel.name}, {"sender", caller.peer()}});
  }

  Tools tools_;
  Settings settings_;
  std::vector<std::unique_ptr<Channel>> channels_;
  bool is_finished_ = false;
  std::unique_ptr<async::Bell> finished_;
};

}  // namespace

std::vector<std::string> streams_of(const Settings& settings) {
  std::vector<std::string> names;
  if (!settings.udp.empty()) names.push_back("syslog udp " + settings.udp);
  if (!settings.tcp.empty()) names.push_back("syslog tcp " + settings.tcp);
  if (settings.tls) names.push_back("syslog tls " + settings.tls->listen);
  return names;
}

std::unique_ptr<LogSource> make(const Tools& tools, Settings settings) {
  return std::make_unique<SyslogSource>(tools, std::move(settings));
}

}  // namespace outrider::sources::syslog
