#include "agent/leases/kubernetes/kubernetes_lease.hpp"

#include "agent/async/nursery.hpp"
#include "agent/kube/json.hpp"
#include "agent/net/sim_net.hpp"
#include "agent/os/sim/sim_run.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"

#include <optional>

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::leases;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

// One Lease, kept as an API server keeps it: each change is another version, and only the last one is
// changed.
class SmallLeases {
 public:
  net::Response answer(const net::Call& call) {
    if (call.path != "/apis/coordination.k8s.io/v1/namespaces/school/leases" +
                         std::string(call.method == "POST" ? "" : "/fleet"))
      return said(404, "");
    if (call.method == "GET" && !lease) return said(404, "NotFound");
    if (call.method == "GET") return good();
    auto wish = kube::read_object(call.body).value();
    if (call.method == "POST" && lease) return said(409, "AlreadyExists");
    if (call.method == "PUT" && !lease) return said(404, "NotFound");
    if (call.method == "PUT" && text_of(wish, "resourceVersion") != text_of(*lease, "resourceVersion"))
      return said(409, "Conflict");
    lease = std::move(wish);
    touch();
    if (lose_answers) return {504, {}, ""};
    return good();
  }
  // By somebody, as `kubectl annotate` does.
  void touch() { lease->at("metadata").as_object()["resourceVersion"] = std::to_string(++version_); }
  boost::json::object& spec() { return lease->at("spec").as_object(); }

  std::optional<boost::json::object> lease;
  bool lose_answers = false;

 private:
  static std::string text_of(const boost::json::object& of, const char* key) {
    return kube::text_in(kube::object_in(of, "metadata"), key);
  }
  net::Response good() const { return {200, {}, boost::json::serialize(*lease)}; }
  static net::Response said(int status, const std::string& reason) {
    return {status, {}, R"({"kind":"Status","reason":")" + reason + R"(","message":"so it is"})"};
  }
  int version_ = 100;
};

class KubernetesLeaseTest : public testing::Test {
 protected:
  void SetUp() override {
    net.add_host("10.0.0.1:6443", [this](const net::Call& call) { return server.answer(call); });
  }
  std::shared_ptr<Lease> lease() {
    kubernetes::Settings settings;
    settings.server = "https://10.0.0.1:6443";
    settings.name_space = "school";
    settings.name = "fleet";
    return kubernetes::make_lease(settings, {clock, *pool, files, *client, {}});
  }
  template <class T>
  T wait_for(core::Task<T> work) {
    auto result = os::run_for(clock, loop, 5s, std::move(work));
    EXPECT_TRUE(result) << "it is not done";
    return std::move(*result);
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  os::SimFiles files;
  net::SimNet net{clock};
  std::unique_ptr<net::Client> client = net.make_client();
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  SmallLeases server;
};

}  // namespace

TEST_F(KubernetesLeaseTest, HasOneHolderWhoIsNamedToTheOthers) {
  const auto ours = lease();
  ASSERT_TRUE(wait_for(ours->take("tests-api on host-1", 90s)));
  EXPECT_EQ(kube::number_in(server.spec(), "leaseDurationSeconds"), 90);
  EXPECT_THAT(kube::text_in(server.spec(), "renewTime"), testing::MatchesRegex(".*[.][0-9]{6}Z"));
  const auto refused = wait_for(lease()->take("tests-api on host-2", 1min));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::Errc::busy);
  EXPECT_EQ(refused.error().what, "fleet is held by tests-api on host-1");
  EXPECT_EQ(wait_for(ours->take("tests-api on host-1", 90s)).error().code, core::Errc::busy);
  EXPECT_TRUE(wait_for(ours->give_back()));
  EXPECT_TRUE(wait_for(lease()->take("tests-api on host-2", 1min)));
}

TEST_F(KubernetesLeaseTest, TheRecordIsHandedOnAndTokensGrow) {
  const auto ours = lease();
  const auto first = wait_for(ours->take("a", 1min));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->record, "");
  ASSERT_TRUE(wait_for(ours->write("restarts 1 2")));
  ASSERT_TRUE(wait_for(ours->give_back()));
  const auto second = wait_for(lease()->take("b", 1min));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->record, "restarts 1 2");
  EXPECT_GT(second->token, first->token);
}

TEST_F(KubernetesLeaseTest, ADeadHoldersIsFreeOnceItHasNotChangedForItsTimeByOurClock) {
  ASSERT_TRUE(wait_for(lease()->take("the dead", 1min)));
  server.spec()["renewTime"] = "2001-01-01T00:00:00.000000Z";  // what its clock says is nothing to us
  const auto heir = lease();
  EXPECT_FALSE(wait_for(heir->take("heir", 1min)));
  clock.advance(50s);
  EXPECT_FALSE(wait_for(heir->take("heir", 1min))) << "55 s of 60 since it was first seen so";
  EXPECT_FALSE(wait_for(lease()->take("a newcomer", 1min))) << "whoever sees it first waits from then on";
  const auto taken = wait_for(heir->take("heir", 1min));
  ASSERT_TRUE(taken) << taken.error().what;
  EXPECT_EQ(taken->token, 2u);
}

TEST_F(KubernetesLeaseTest, AHolderWhoStillWritesKeepsIt) {
  const auto ours = lease();
  ASSERT_TRUE(wait_for(ours->take("alive", 10s)));
  const auto other = lease();
  for (int round = 0; round < 5; ++round) {
    EXPECT_FALSE(wait_for(other->take("other", 1min)));
    ASSERT_TRUE(wait_for(ours->write(std::to_string(round))));
    clock.advance(6s);
  }
}

TEST_F(KubernetesLeaseTest, WhoHasLostItWritesNothingAndGivesNothingBack) {
  const auto ours = lease();
  EXPECT_FALSE(wait_for(ours->write("restarts 1")));
  ASSERT_TRUE(wait_for(ours->take("a", 1min)));
  server.spec()["holderIdentity"] = "thief";
  server.touch();
  const auto refused = wait_for(ours->write("restarts 1"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "cannot write to fleet: it was lost meanwhile");
  EXPECT_TRUE(wait_for(ours->give_back()));
  EXPECT_EQ(kube::text_in(server.spec(), "holderIdentity"), "thief");
}

TEST_F(KubernetesLeaseTest, WhoseLeaseWasOnlyAnnotatedHasNotLostIt) {
  const auto ours = lease();
  ASSERT_TRUE(wait_for(ours->take("a", 1min)));
  server.touch();
  EXPECT_TRUE(wait_for(ours->write("restarts 1")));
  server.touch();
  EXPECT_TRUE(wait_for(ours->give_back()));
  EXPECT_EQ(kube::text_in(server.spec(), "holderIdentity"), "");
  EXPECT_EQ(wait_for(lease()->take("b", 1min))->record, "restarts 1");
}

TEST_F(KubernetesLeaseTest, OfTwoWhoComeTogetherOneIsTooLate) {
  ASSERT_TRUE(wait_for(lease()->take("before", 1min)));
  server.spec()["holderIdentity"] = "";
  std::optional<core::Outcome<Held>> first, second;
  auto store = [](core::Task<core::Outcome<Held>> what,
                  std::optional<core::Outcome<Held>>& into) -> core::Task<void> {
    into = co_await std::move(what);
  };
  const auto a = lease(), b = lease();
  async::Nursery nursery(loop.get_executor());
  nursery.start(store(a->take("a", 1min), first));
  nursery.start(store(b->take("b", 1min), second));
  clock.advance(5s);
  ASSERT_TRUE(first && second);
  ASSERT_NE(first->has_value(), second->has_value());
  const auto& late = *first ? *second : *first;
  EXPECT_EQ(late.error().code, core::Errc::busy);
}

TEST_F(KubernetesLeaseTest, WhoCannotBeAskedHasGivenNothing) {
  for (const net::Trouble trouble :
       {net::Trouble::refuse, net::Trouble::hang, net::Trouble::garbage, net::Trouble::status}) {
    net.set_fault("10.0.0.1:6443", {trouble, {}, 403});
    const auto unknown = wait_for(lease()->take("a", 1min));
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().code, core::Errc::busy);
  }
  net.set_fault("10.0.0.1:6443", {});
  server.lose_answers = true;
  const auto ours = lease();
  EXPECT_FALSE(wait_for(ours->take("a", 1min)));
  EXPECT_FALSE(wait_for(ours->write("x"))) << "what may have gone through is not held";
}
