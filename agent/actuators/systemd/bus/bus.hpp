// One connection to the bus on which systemd listens. Everything happens on the river that opened it, in
// whoever waits for something here; nothing blocks.
#pragma once

#include "agent/actuators/systemd/bus/library.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/task.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/posix/stream_descriptor.hpp>

namespace outrider::actuators::systemd {

// Texts and numbers as they are written, bytes in hex; what is something else is left out.
using Properties = std::map<std::string, std::string, std::less<>>;

// The path that systemd gives to the unit of this name.
std::string path_of(std::string_view unit);

class Bus {
 public:
  // `address`: "unix:path=/run/dbus/system_bus_socket"
  static core::Task<core::Outcome<std::unique_ptr<Bus>>> open(core::Clock& clock, std::string address,
                                                              std::string unit, core::Duration limit);
  ~Bus();
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  // StartUnit and its like; returns once the job is over, with an Error when it was not "done".
  core::Task<core::Outcome<>> run_job(std::string verb, core::Duration limit);
  // To all of the unit's processes, or to its main process.
  core::Task<core::Outcome<>> kill(bool all, int signal, core::Duration limit);
  core::Task<core::Outcome<Properties>> properties(std::string interface, core::Duration limit);

  // Returns when the unit's properties have changed since the last call; throws when cancelled.
  core::Task<core::Outcome<>> changed();

 private:
  struct Reply;
  Bus(const Library& library, core::Clock& clock, std::string unit)
      : library_(library), clock_(clock), unit_(std::move(unit)), path_(path_of(unit_)) {}

  core::Outcome<> connect(const std::string& address);
  core::Outcome<> watch_fd(const boost::asio::any_io_executor& river);
  core::Task<core::Outcome<>> listen(core::Duration limit);
  core::Task<core::Outcome<>> until(std::function<bool()> holds);
  core::Task<core::Outcome<>> within(std::string doing, core::Duration limit, std::function<bool()> holds);
  core::Outcome<> send_result(int result, const char* doing) const;
  void read_properties(sd_bus_message* message, Properties& into) const;

  static int on_reply(sd_bus_message* message, void* mine, BusError* error);
  static int on_change(sd_bus_message* message, void* mine, BusError* error);
  static int on_job(sd_bus_message* message, void* mine, BusError* error);

  Library library_;
  core::Clock& clock_;
  std::string unit_;
  std::string path_;
  sd_bus* bus_ = nullptr;
  std::optional<boost::asio::posix::stream_descriptor> descriptor_;
  bool changed_ = true;
  std::map<std::string, std::string> jobs_over_;  // by path, while one is waited for
  bool minds_jobs_ = false;
};

}  // namespace outrider::actuators::systemd
