#include "agent/actuators/systemd/bus/bus.hpp"

#include "agent/async/race.hpp"
#include "agent/core/text.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <poll.h>

#include <boost/asio/use_awaitable.hpp>
#include <fmt/core.h>

namespace outrider::actuators::systemd {
namespace {

using core::Outcome;
using core::Task;

const char* const manager_name = "org.freedesktop.systemd1";
const char* const manager_path = "/org/freedesktop/systemd1";
const char* const manager_interface = "org.freedesktop.systemd1.Manager";
const char* const properties_interface = "org.freedesktop.DBus.Properties";
constexpr std::size_t most_jobs = 64;

core::Error error_of(const BusError& error) {
  const std::string_view name = error.name != nullptr ? error.name : "";
  core::Error made(core::Errc::refused, core::clean_utf8(error.message != nullptr ? error.message : name));
  if (name.ends_with("NoSuchUnit")) made.code = core::Errc::not_found;
  if (name.ends_with("UnitMasked")) made.hint = "`systemctl unmask` lets it be started again";
  if (name.ends_with("AccessDenied") || name.ends_with("InteractiveAuthorizationRequired")) {
    made.code = core::Errc::denied;
    made.hint = "a polkit rule can allow our user this one unit: see docs/actuators.md";
  }
  if (name.ends_with("ServiceUnknown") || name.ends_with("NoReply") || name.ends_with("Disconnected"))
    made.code = core::Errc::unavailable;
  return made;
}

core::Error error_of_number(std::string_view doing, int result) { return core::system_error(doing, -result); }

bool is_word(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9');
}

}  // namespace

std::string path_of(std::string_view unit) {
  std::string path = fmt::format("{}/unit/", manager_path);
  for (std::size_t at = 0; at < unit.size(); ++at) {
    const char letter = unit[at];
    const bool begins_with_digit = at == 0 && letter >= '0' && letter <= '9';
    if (is_word(letter) && !begins_with_digit) {
      path += letter;
    } else {
      path += fmt::format("_{:02x}", static_cast<unsigned char>(letter));
    }
  }
  return path;
}

// An answer that is waited for. Whoever waits no longer takes the slot, and with it the handler, away.
struct Bus::Reply {
  Bus& bus;
  sd_bus_slot* slot = nullptr;
  bool came = false;
  std::optional<core::Error> error{};
  std::string text{};  // of StartUnit and its like: the job's path
  Properties properties{};
  bool wants_properties = false;

  explicit Reply(Bus& of) : bus(of) {}
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply() {
    if (slot != nullptr) bus.library_.slot_unref(slot);
  }
};

Bus::~Bus() {
  if (descriptor_) descriptor_->release();
  // Without a flush: a bus that says nothing would be waited for without an end, and each order has had its
  // answer.
  if (bus_ != nullptr) library_.close_unref(bus_);
}

int Bus::on_reply(sd_bus_message* message, void* mine, BusError*) {
  Reply& reply = *static_cast<Reply*>(mine);
  const Library& library = reply.bus.library_;
  reply.came = true;
  if (const BusError* error = library.error_of(message); error != nullptr) {
    reply.error = error_of(*error);
  } else if (reply.wants_properties) {
    reply.bus.read_properties(message, reply.properties);
  } else {
    const char* text = nullptr;
    if (library.read(message, "o", &text) >= 0 && text != nullptr) reply.text = text;
  }
  return 1;
}

int Bus::on_change(sd_bus_message*, void* mine, BusError*) {
  static_cast<Bus*>(mine)->changed_ = true;
  return 0;
}

int Bus::on_job(sd_bus_message* message, void* mine, BusError*) {
  Bus& bus = *static_cast<Bus*>(mine);
  std::uint32_t number = 0;
  const char* job = nullptr;
  const char* unit = nullptr;
  const char* result = nullptr;
  if (bus.library_.read(message, "uoss", &number, &job, &unit, &result) < 0) return 0;
  if (unit != bus.unit_) return 0;
  bus.changed_ = true;
  if (bus.minds_jobs_ && bus.jobs_over_.size() < most_jobs) bus.jobs_over_[job] = result;
  return 0;
}

void Bus::read_properties(sd_bus_message* message, Properties& into) const {
  if (library_.enter(message, 'a', "{sv}") < 0) return;
  while (library_.enter(message, 'e', "sv") > 0) {
    const char* name = nullptr;
    char type = 0;
    const char* contents = nullptr;
    library_.read(message, "s", &name);
    library_.peek_type(message, &type, &contents);
    const std::string_view kind = contents != nullptr ? contents : "";
    if (kind == "s") {
      const char* text = nullptr;
      if (library_.read(message, "v", "s", &text) >= 0) into[name] = core::clean_utf8(text);
    } else if (kind == "u" || kind == "i") {
      std::int32_t number = 0;
      if (library_.read(message, "v", kind.data(), &number) >= 0)
        into[name] =
            kind == "u" ? std::to_string(static_cast<std::uint32_t>(number)) : std::to_string(number);
    } else if (kind == "ay") {
      const void* bytes = nullptr;
      std::size_t count = 0;
      library_.enter(message, 'v', "ay");
      if (library_.read_array(message, 'y', &bytes, &count) >= 0)
        for (std::size_t i = 0; i < count; ++i)
          into[name] += fmt::format("{:02x}", static_cast<const unsigned char*>(bytes)[i]);
      library_.leave(message);
    } else {
      library_.skip(message, "v");
    }
    library_.leave(message);
  }
}

core::Outcome<> Bus::send_result(int result, const char* doing) const {
  if (result >= 0) return {};
  return core::fail(error_of_number(doing, result));
}

Outcome<> Bus::connect(const std::string& address) {
  int result = library_.create(&bus_);
  if (result >= 0) result = library_.set_address(bus_, address.c_str());
  if (result >= 0) result = library_.set_bus_client(bus_, 1);
  if (result >= 0) result = library_.start(bus_);
  if (result >= 0) return {};
  core::Error error = error_of_number("cannot connect to the bus at " + address, result);
  error.hint = "systemd is asked over D-Bus: is dbus running, and may we open its socket?";
  return core::fail(std::move(error));
}

Outcome<> Bus::watch_fd(const boost::asio::any_io_executor& river) {
  const int number = library_.get_fd(bus_);
  if (number < 0) return core::fail(error_of_number("cannot watch the bus", number));
  boost::system::error_code trouble;
  descriptor_.emplace(river);
  descriptor_->assign(number, trouble);
  if (!trouble) return {};
  descriptor_.reset();
  return core::fail(core::system_error("cannot watch the bus", trouble.value()));
}

Task<Outcome<std::unique_ptr<Bus>>> Bus::open(core::Clock& clock, std::string address, std::string unit,
                                              core::Duration limit) {
  auto library = load_library();
  if (!library) co_return core::fail(library.error());
  std::unique_ptr<Bus> bus(new Bus(*library, clock, std::move(unit)));
  if (auto connected = bus->connect(address); !connected) co_return core::fail(connected.error());
  const boost::asio::any_io_executor river = co_await boost::asio::this_coro::executor;
  if (auto watched = bus->watch_fd(river); !watched) co_return core::fail(watched.error());
  auto listening = bus->listen(limit);
  const auto listens = co_await std::move(listening);
  if (!listens) co_return core::fail(listens.error());
  co_return bus;
}

// systemd sends signals only to those who have subscribed.
Task<Outcome<>> Bus::listen(core::Duration limit) {
  int result = library_.match_signal_async(bus_, nullptr, manager_name, path_.c_str(), properties_interface,
                                           "PropertiesChanged", on_change, nullptr, this);
  if (result >= 0)
    result = library_.match_signal_async(bus_, nullptr, manager_name, manager_path, manager_interface,
                                         "JobRemoved", on_job, nullptr, this);
  Reply reply(*this);
  if (result >= 0)
    result = library_.call_method_async(bus_, &reply.slot, manager_name, manager_path, manager_interface,
                                        "Subscribe", on_reply, &reply, "");
  if (auto sent = send_result(result, "cannot ask systemd for its signals"); !sent) co_return sent;
  std::function<bool()> came = [&reply] { return reply.came; };
  auto waiting = within("asking systemd for its signals", limit, std::move(came));
  const auto heard = co_await std::move(waiting);
  if (!heard) co_return heard;
  if (reply.error) co_return core::fail("cannot ask systemd for its signals", *reply.error);
  co_return Outcome<>();
}

Task<Outcome<>> Bus::until(std::function<bool()> holds) {
  for (;;) {
    int result = 0;
    while (!holds() && (result = library_.process(bus_, nullptr)) > 0) {
    }
    if (holds()) co_return Outcome<>();
    if (result < 0) co_return core::fail(core::Errc::unavailable, "cannot read from the bus: it has hung up");
    const bool also_to_write = (library_.get_events(bus_) & POLLOUT) != 0;
    const auto what = also_to_write ? boost::asio::posix::descriptor_base::wait_write
                                    : boost::asio::posix::descriptor_base::wait_read;
    co_await descriptor_->async_wait(what, boost::asio::use_awaitable);
  }
}

Task<Outcome<>> Bus::within(std::string doing, core::Duration limit, std::function<bool()> holds) {
  auto waiting = until(std::move(holds));
  co_return co_await async::with_deadline(clock_, limit, std::move(doing), std::move(waiting));
}

Task<Outcome<>> Bus::run_job(std::string verb, core::Duration limit) {
  struct Minding {
    Bus& bus;
    explicit Minding(Bus& of) : bus(of) { bus.minds_jobs_ = true; }
    ~Minding() {
      bus.minds_jobs_ = false;
      bus.jobs_over_.clear();
    }
  } const minding{*this};
  Reply reply(*this);
  const int result =
      library_.call_method_async(bus_, &reply.slot, manager_name, manager_path, manager_interface,
                                 verb.c_str(), on_reply, &reply, "ss", unit_.c_str(), "replace");
  if (auto sent = send_result(result, "cannot call systemd"); !sent) co_return sent;
  std::function<bool()> over = [this, &reply] {
    return reply.came && (reply.error || jobs_over_.contains(reply.text));
  };
  auto waiting = within("the job " + verb, limit, std::move(over));
  const auto heard = co_await std::move(waiting);
  if (!heard) co_return heard;
  if (reply.error) co_return core::fail(*reply.error);
  const std::string& how = jobs_over_[reply.text];
  if (how == "done") co_return Outcome<>();
  co_return core::fail(core::Errc::refused, "its job ended as `" + how + "`");
}

Task<Outcome<>> Bus::kill(bool all, int signal, core::Duration limit) {
  Reply reply(*this);
  const int result =
      library_.call_method_async(bus_, &reply.slot, manager_name, manager_path, manager_interface, "KillUnit",
                                 on_reply, &reply, "ssi", unit_.c_str(), all ? "all" : "main", signal);
  if (auto sent = send_result(result, "cannot call systemd"); !sent) co_return sent;
  std::function<bool()> came = [&reply] { return reply.came; };
  auto waiting = within("sending a signal", limit, std::move(came));
  const auto heard = co_await std::move(waiting);
  if (!heard) co_return heard;
  if (reply.error) co_return core::fail(*reply.error);
  co_return Outcome<>();
}

Task<Outcome<Properties>> Bus::properties(std::string interface, core::Duration limit) {
  Reply reply(*this);
  reply.wants_properties = true;
  const int result =
      library_.call_method_async(bus_, &reply.slot, manager_name, path_.c_str(), properties_interface,
                                 "GetAll", on_reply, &reply, "s", interface.c_str());
  if (auto sent = send_result(result, "cannot call systemd"); !sent) co_return core::fail(sent.error());
  std::function<bool()> came = [&reply] { return reply.came; };
  auto waiting = within("asking systemd", limit, std::move(came));
  const auto heard = co_await std::move(waiting);
  if (!heard) co_return core::fail(heard.error());
  if (reply.error) co_return core::fail(*reply.error);
  co_return std::move(reply.properties);
}

Task<Outcome<>> Bus::changed() {
  std::function<bool()> has_changed = [this] { return changed_; };
  auto waiting = until(std::move(has_changed));
  const auto heard = co_await std::move(waiting);
  changed_ = false;
  co_return heard;
}

}  // namespace outrider::actuators::systemd
