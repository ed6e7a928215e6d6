#include "harness/hosts/firewall.h"

#include "tests/harness/hosts/hosts_fixture.h"

namespace harness::hosts_test {
namespace {

// A firewall of the test's own in the hub where the hosts are joined: making hosts moved this process there.
class FirewallInTheHub : public testing::TestWithParam<LocalHosts::Way> {
 protected:
  void scenario(const std::function<void(Parrots&, Firewall&)>& body) {
    in_child_process([&] {
      const ScratchDirectory directory;
      Parrots parrots(GetParam(), 2, directory.path());
      auto firewall = Firewall::create();
      ASSERT_TRUE(firewall) << firewall.error();
      body(parrots, *firewall);
    });
  }
};
INSTANTIATE_TEST_SUITE_P(, FirewallInTheHub, testing::ValuesIn(ways_with_namespaces()), name_of_way);

// More rules than one batch takes, and none that matches a host.
std::vector<AddressPair> a_thousand_pairs() {
  std::vector<AddressPair> pairs;
  for (int i = 0; i < 1000; ++i)
    pairs.emplace_back("10.9.9.1", "10.9." + std::to_string(i / 200) + "." + std::to_string(i % 200));
  return pairs;
}

TEST_P(FirewallInTheHub, AChangeThatFailsHalfwayLeavesTheCutsBeforeInForce) {
  scenario([](Parrots& t, Firewall& firewall) {
    ASSERT_TRUE(firewall.cut({{t.host("n1").ip, t.host("n2").ip}}));
    auto pairs = a_thousand_pairs();
    pairs.emplace_back("10.0.0.1", "no address");
    EXPECT_FALSE(firewall.cut(pairs));
    t.tell("n1", "n2", "lost");
    EXPECT_TRUE(eventually([&] { return firewall.dropped_packets().value() == 1; }));
    EXPECT_EQ(t.ask("n2", "heard"), "");
  });
}

TEST_P(FirewallInTheHub, TheLastOfAThousandCutsBites) {
  scenario([](Parrots& t, Firewall& firewall) {
    auto pairs = a_thousand_pairs();
    pairs.emplace_back(t.host("n1").ip, t.host("n2").ip);
    const auto cut = firewall.cut(pairs);
    ASSERT_TRUE(cut) << cut.error();
    t.tell("n1", "n2", "lost");
    EXPECT_TRUE(eventually([&] { return firewall.dropped_packets().value() == 1; }));
    ASSERT_TRUE(firewall.cut({}));
    t.tell("n1", "n2", "found");
    EXPECT_TRUE(t.eventually_heard("n2", "found"));
  });
}

}  // namespace
}  // namespace harness::hosts_test
