#include "agent/async/race.hpp"
#include "agent/os/program.hpp"
#include "agent/sql/session.hpp"
#include "agent/sql/sql.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <utility>

#include <dlfcn.h>
#include <sys/socket.h>

namespace outrider::sql {
namespace {

using core::Duration;
using core::Outcome;
using core::Task;

constexpr int shortest_connect_seconds = 2;  // libpq waits no less

Outcome<OpenSession> load_module() {
  const std::filesystem::path program = os::program_path();
  if (program.empty()) return core::fail(core::Errc::unsupported, "cannot tell where outrider is installed");
  const auto beside = program.parent_path() / module_name;
  const auto installed = program.parent_path().parent_path() / "lib" / "outrider" / module_name;
  std::string why;
  std::error_code trouble;
  for (const auto& path : {beside, installed}) {
    if (!std::filesystem::exists(path, trouble)) continue;
    if (void* module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
      if (void* symbol = ::dlsym(module, open_symbol)) return reinterpret_cast<OpenSession>(symbol);
    }
    const char* said = ::dlerror();  // NOLINT(concurrency-mt-unsafe): each thread has its own
    why = said ? said : "it is not outrider's";
  }
  if (why.empty()) why = "it is neither " + beside.string() + " nor " + installed.string();
  return core::fail(core::Errc::unsupported, "cannot load the PostgreSQL driver: " + why,
                    "install outrider's " + std::string(module_name) + " beside it, and the package libpq5");
}

int seconds_of(Duration limit) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(limit).count();
  return static_cast<int>(std::max<std::int64_t>(seconds, shortest_connect_seconds));
}

// Shuts the socket down when the time is up, or when the caller is cancelled, so that the blocked call under
// it ends. The pool's job then ends by itself, as it must.
Task<void> guard(core::Clock& clock, Duration limit, int descriptor, const std::atomic<bool>& ended) {
  struct Cut {
    int descriptor;
    const std::atomic<bool>& ended;
    ~Cut() {
      if (!ended && descriptor >= 0) ::shutdown(descriptor, SHUT_RDWR);
    }
  };
  const Cut cut{descriptor, ended};
  co_await clock.sleep(limit);
}

class PooledConnection final : public Connection {
 public:
  PooledConnection(core::Clock& clock, async::Pool& pool, std::unique_ptr<Session> session)
      : clock_(clock), pool_(pool), session_(std::move(session)) {}

  Task<Outcome<Rows>> query(std::string statement, std::vector<Value> parameters, Duration limit) override {
    sqlstate_.clear();
    if (!session_) co_return core::fail(core::Errc::unavailable, "the connection is closed");
    std::atomic<bool> ended = false;
    std::optional<tl::expected<Rows, Refusal>> reply;
    std::vector<Task<void>> runners;
    runners.push_back(ask(statement, parameters, reply, ended));
    runners.push_back(guard(clock_, limit, session_->descriptor(), ended));
    const std::size_t first = co_await async::race_all(std::move(runners));
    if (first == 1) {
      session_.reset();
      co_return core::fail(core::Errc::timed_out,
                           "the database did not answer within " + core::show_duration(limit));
    }
    if (*reply) co_return std::move(**reply);
    sqlstate_ = reply->error().sqlstate;
    if (reply->error().error.code == core::Errc::unavailable) session_.reset();
    co_return core::fail(reply->error().error);
  }

  bool open() const override { return session_ != nullptr; }
  std::string sqlstate() const override { return sqlstate_; }

 private:
  Task<void> ask(const std::string& statement, const std::vector<Value>& parameters,
                 std::optional<tl::expected<Rows, Refusal>>& reply, std::atomic<bool>& ended) {
    auto job = [&] {
      reply.emplace(session_->query(statement, parameters));
      ended = true;
    };
    co_await async::offload(pool_, job);
  }

  core::Clock& clock_;
  async::Pool& pool_;
  std::unique_ptr<Session> session_;
  std::string sqlstate_;
};

class ModuleDriver final : public Driver {
 public:
  ModuleDriver(core::Clock& clock, async::Pool& pool) : clock_(clock), pool_(pool) {}

  Task<Outcome<std::unique_ptr<Connection>>> connect(std::string dsn, std::string application_name,
                                                     Duration limit) override {
    const Opening opening{dsn, std::move(application_name), seconds_of(limit)};
    auto job = [&]() -> Opened {
      if (!open_) {
        auto loaded = load_module();
        if (!loaded) return tl::unexpected<Refusal>({loaded.error(), {}});
        open_ = *loaded;
      }
      return open_(opening);
    };
    Opened opened = co_await async::offload(pool_, job);
    if (!opened) {
      co_return core::fail("cannot connect to " + without_password(dsn), opened.error().error);
    }
    std::unique_ptr<Connection> connection =
        std::make_unique<PooledConnection>(clock_, pool_, std::move(*opened));
    co_return std::move(connection);
  }

 private:
  core::Clock& clock_;
  async::Pool& pool_;
  OpenSession open_ = nullptr;
};

class PromptDriver final : public Driver {
 public:
  PromptDriver(core::Clock& clock, async::Pool& pool, async::SlowCalls& slow)
      : clock_(clock), pool_(pool), attempt_(slow, clock, "a connection to the database") {}

  Task<Outcome<std::unique_ptr<Connection>>> connect(std::string dsn, std::string application_name,
                                                     Duration limit) override {
    Opening opening{std::move(dsn), std::move(application_name), seconds_of(limit)};
    co_return co_await open(std::move(opening), limit);
  }

  Task<Outcome<std::unique_ptr<Connection>>> connect_console(std::string dsn, std::string application_name,
                                                             Duration limit) override {
    Opening opening{std::move(dsn), std::move(application_name), seconds_of(limit), true};
    co_return co_await open(std::move(opening), limit);
  }

 private:
  using Shared = std::shared_ptr<Opened>;

  Task<Outcome<std::unique_ptr<Connection>>> open(Opening opening, Duration limit) {
    const std::string step = "cannot connect to " + without_password(opening.dsn);
    // A session that comes too late is closed by the thread it comes on.
    std::function<Outcome<Shared>()> work = [words = std::move(opening)]() -> Outcome<Shared> {
      const auto loaded = load_module();
      if (!loaded) return core::fail(loaded.error());
      return std::make_shared<Opened>((*loaded)(words));
    };
    const Outcome<Shared> opened = co_await attempt_.ask(std::move(work), limit);
    if (!opened) co_return core::fail(step, opened.error());
    if (!**opened) co_return core::fail(step, (*opened)->error().error);
    std::unique_ptr<Connection> connection =
        std::make_unique<PooledConnection>(clock_, pool_, std::move(***opened));
    co_return std::move(connection);
  }

  core::Clock& clock_;
  async::Pool& pool_;
  async::SlowCall<Shared> attempt_;
};

}  // namespace

std::unique_ptr<Driver> make_prompt_driver(core::Clock& clock, async::Pool& pool, async::SlowCalls& slow) {
  return std::make_unique<PromptDriver>(clock, pool, slow);
}

std::unique_ptr<Driver> make_driver(core::Clock& clock, async::Pool& pool) {
  return std::make_unique<ModuleDriver>(clock, pool);
}

}  // namespace outrider::sql
