#include "harness/report/terminal.h"

#include <gtest/gtest.h>

namespace harness {
namespace {

TEST(Terminal, ColoursOnlyWhereTheyAreWanted) {
  EXPECT_EQ(Terminal(stdout, true, true).paint(Colour::kGreen, "ok"), "\x1b[32mok\x1b[0m");
  EXPECT_EQ(Terminal(stdout, true, false).paint(Colour::kGreen, "ok"), "ok");
}

TEST(Text, WidthCountsCharactersAndNoColours) {
  EXPECT_EQ(width_of("3 µs │ ✓"), 8);
  EXPECT_EQ(width_of("\x1b[32mok\x1b[0m"), 2);
  EXPECT_EQ(pad("µ", 3), "µ  ");
  EXPECT_EQ(pad_left("µ", 3), "  µ");
}

TEST(Text, ClippingKeepsWholeCharacters) {
  EXPECT_EQ(clip("µµµµ", 4), "µµµµ");
  EXPECT_EQ(clip("µµµµµ", 4), "µµµ…");
}

TEST(Text, WrapsWordsAndIndentsWhatFollows) {
  EXPECT_EQ(wrap("one two three", 2, 9), "one two\n  three");
  EXPECT_EQ(wrap("one\n  two three", 2, 10), "one\n    two\n    three");
  EXPECT_EQ(wrap("averylongwordthatfitsnowhere a", 2, 10), "averylongwordthatfitsnowhere\n  a");
  EXPECT_EQ(wrap("", 2, 10), "");
}

}  // namespace
}  // namespace harness
