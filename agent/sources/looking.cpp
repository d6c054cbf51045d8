#include "agent/sources/looking.hpp"

#include "agent/async/bell.hpp"
#include "agent/async/race.hpp"
#include "agent/sources/meters.hpp"

#include <optional>
#include <utility>

#include <boost/asio/this_coro.hpp>

namespace outrider::sources {
namespace {

// Two who ask so shortly after each other see the same.
constexpr core::Duration fresh_for = std::chrono::milliseconds(100);

Meters::Trouble kind_of(core::Errc code) {
  switch (code) {
    case core::Errc::timed_out: return Meters::Trouble::timeout;
    case core::Errc::denied: return Meters::Trouble::status;
    case core::Errc::corrupt: return Meters::Trouble::parse;
    default: return Meters::Trouble::unreachable;
  }
}

class LookingSource final : public MetricSource {
 public:
  LookingSource(const Tools& tools, Looking looking, std::unique_ptr<Looker> looker)
      : tools_(tools),
        looking_(std::move(looking)),
        looker_(std::move(looker)),
        meters_(tools.registry, looking_.target) {
    status_.url = looking_.target;
    status_.detail = "not yet looked at";
  }

  core::ScrapeStatus status() const override { return status_; }

  core::Task<void> run(telemetry::Board& board) override {
    const async::Executor river = co_await boost::asio::this_coro::executor;
    const Present present(*this, std::make_shared<Bells>(river));
    const std::shared_ptr<Bells> bells = bells_;
    const std::size_t place = looking_.when_asked ? board.add(looking_.target, [this] { return freshen(); })
                                                  : board.add(looking_.target);
    for (;;) {
      co_await look(board, place);
      bells->looked.ring();
      (void)co_await bells->asked.wait_until(tools_.clock, tools_.clock.now() + looking_.every);
    }
  }

 private:
  struct Bells {
    explicit Bells(const async::Executor& river) : asked(river), looked(river) {}
    async::Bell asked, looked;
  };
  struct Present {  // the bells are there for as long as somebody answers them
    LookingSource& source;
    Present(LookingSource& of, std::shared_ptr<Bells> bells) : source(of) {
      source.bells_ = std::move(bells);
    }
    ~Present() { std::exchange(source.bells_, nullptr)->looked.ring(); }
  };

  core::Task<void> freshen() {
    const std::shared_ptr<Bells> bells = bells_;
    if (!bells || (looked_ && tools_.clock.now() - *looked_ < fresh_for)) co_return;
    bells->asked.ring();
    co_await bells->looked.wait();
  }

  core::Task<void> look(telemetry::Board& board, std::size_t place) {
    const core::Instant started = tools_.clock.now();
    Sight sight = co_await looker_->look();
    const core::Instant ended = tools_.clock.now();
    looked_ = ended;
    status_.scraped = tools_.clock.wall();
    status_.series = sight.families.sample_count;
    meters_.show(!sight.trouble, status_.series, ended - started);
    meters_.count_duplicates(sight.families.duplicates);
    board.publish(place, sight.families.families.empty()
                             ? nullptr
                             : std::make_shared<const telemetry::FamilySet>(std::move(sight.families)));
    tell(sight.trouble);
  }

  void tell(const std::optional<core::Error>& trouble) {
    const core::Standing before =
        std::exchange(status_.up, trouble ? core::Standing::not_ok : core::Standing::ok);
    status_.detail = trouble ? trouble->what : std::to_string(status_.series) + " series";
    if (!trouble) return;
    meters_.count(kind_of(trouble->code));
    if (before == core::Standing::not_ok) return;
    tools_.log.warn("metrics", "Cannot look at it",
                    {{"target", looking_.target}, {"why", trouble->what}, {"hint", trouble->hint}});
  }

  Tools tools_;
  Looking looking_;
  std::unique_ptr<Looker> looker_;
  Meters meters_;
  core::ScrapeStatus status_;
  std::shared_ptr<Bells> bells_;
  std::optional<core::Instant> looked_;
};

}  // namespace

std::unique_ptr<MetricSource> make_looking(const Tools& tools, Looking looking,
                                           std::unique_ptr<Looker> looker) {
  return std::make_unique<LookingSource>(tools, std::move(looking), std::move(looker));
}

}  // namespace outrider::sources
