// An encoded record, looked at where it lies: who wrote what is in it, but not the contents, which are only copied.
// That is enough to merge two states of a key, for what is kept depends on dots and contexts alone. To decode, merge
// and encode both comes to the same bytes, at ten times the cost.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/causality/context.h"

namespace node {

class EncodedRecord {
 public:
  // `bytes` must stay while this is used. False: it holds more than siblings (a counter, a register of MODE lin), or is
  // no record.
  bool read(std::string_view bytes);
  void clear();  // as one that holds nothing

  enum class Joined {
    kSame,     // as this one: it had all of the newer one
    kNews,     // written to `out`
    kUnclear,  // one dot, two contents (a disk or a bug damaged one): to be settled by what they mean
  };
  // Of this one and a newer one. Both keep their memory, so that whoever uses the same two again does without the
  // allocator.
  Joined join(const EncodedRecord& newer, std::string& out);

 private:
  struct Part {
    Dot dot;
    std::string_view bytes;  // of the sibling, dot included
  };

  Context context_;
  std::vector<Part> siblings_;          // by dot
  std::vector<std::string_view> kept_;  // by join()
};

}  // namespace node
