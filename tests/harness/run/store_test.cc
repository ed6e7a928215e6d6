#include "harness/run/store.h"

#include <gtest/gtest.h>

#include "tests/harness/run/fakes.h"

namespace harness {
namespace {

const auto kWhen = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'795'360'233'042));

TEST(Store, NamesSayWhatWasRunAndWhen) {
  EXPECT_EQ(run_name("counter", {"partition", "kill"}), "counter-partition-kill");
  EXPECT_EQ(timestamp(kWhen), "20261122T151033.042Z");
}

TEST(Store, TwoRunsOfOneMillisecondHaveDirectoriesOfTheirOwn) {
  fake::Scratch scratch;
  auto first = create_run_directory(scratch.path() / "store", "cart-none", kWhen);
  auto second = create_run_directory(scratch.path() / "store", "cart-none", kWhen);
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
  EXPECT_TRUE(std::filesystem::is_directory(*first));
  EXPECT_TRUE(std::filesystem::equivalent(scratch.path() / "store" / "latest", *second));
  EXPECT_TRUE(std::filesystem::read_symlink(scratch.path() / "store" / "latest").is_relative());
}

TEST(Store, AStoreThatCannotBeWrittenIsNamed) {
  auto made = create_run_directory("/proc/store", "cart-none", kWhen);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().rfind("cannot write /proc/store", 0), 0u) << made.error();
}

TEST(Store, AFullDiskIsNamed) {
  auto written = write_file("/dev/full", "text");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error(), "cannot write /dev/full: No space left on device");
}

}  // namespace
}  // namespace harness
