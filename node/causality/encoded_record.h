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
  void trust(std::string_view bytes);  // they are a record, of whatever kind: nothing is checked
  void clear();                        // as one that holds nothing

  enum class Joined {
    kSame,     // as this one: it had all of the newer one
    kNews,     // written to `out`
    kUnclear,  // to be settled by what they mean: what was trusted holds more than siblings, or one dot has two
               // contents (a disk or a bug damaged one)
  };
  // Of this one and a newer one. Both keep their memory, so that whoever uses the same two again does without the
  // allocator.
  Joined join(const EncodedRecord& newer, std::string& out);

 private:
  class Siblings;

  Context context_;
  std::string_view rest_;               // what follows it
  std::vector<std::string_view> kept_;  // by join(): siblings, as many in one piece as lie together
};

}  // namespace node
