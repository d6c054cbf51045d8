// notation-api: a small service of the school platform. See README.md beside this file.
#include "reference/options.hpp"
#include "reference/server.hpp"

#include <cstdio>
#include <ctime>
#include <string>

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace {

// Benchmarks ask when the program began to execute; nothing is done before this.
void leave_stamp(const std::string& path) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  if (std::FILE* file = std::fopen(path.c_str(), "a")) {
    std::fprintf(file, "%lld %d\n", static_cast<long long>(now.tv_sec) * 1'000'000'000 + now.tv_nsec,
                 ::getpid());
    std::fclose(file);
  }
}

}  // namespace

int main(int count, char** words) {
  notation::Options options;
  switch (notation::read_options(count, words, options)) {
    case notation::Reading::run: break;
    case notation::Reading::stop_well: return 0;
    case notation::Reading::stop_badly: return 64;
  }
  if (!options.exec_stamp.empty()) leave_stamp(options.exec_stamp);

  sigset_t asked_to_stop;
  ::sigemptyset(&asked_to_stop);
  ::sigaddset(&asked_to_stop, SIGTERM);
  ::sigaddset(&asked_to_stop, SIGINT);
  ::sigprocmask(SIG_BLOCK, &asked_to_stop, nullptr);
  const int stop = ::signalfd(-1, &asked_to_stop, SFD_CLOEXEC | SFD_NONBLOCK);

  notation::Server server(options);
  if (!server.listen()) return 1;
  notation::log_line("info", "Listening", ",\"port\":" + std::to_string(server.port()));
  server.serve(stop);
  notation::log_line("info", "Stopped as asked");
  // Threads that were made to hang still stand in the server: leave without unwinding it under them.
  std::fflush(stdout);
  ::_exit(0);
}
