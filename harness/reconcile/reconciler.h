// Something that reconciles: what a replica does to the state that it keeps under one key. The node's own code is one;
// any program that speaks JSON on its standard input and output is another (docs/reconcile.md).
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace harness {

enum class Kind { kValues, kCart, kCounter };
inline constexpr Kind kKinds[] = {Kind::kValues, Kind::kCart, Kind::kCounter};
std::string_view name_of(Kind kind);  // "values", "cart", "counter"

class Reconciler {
 public:
  // Opaque: JSON text that only its reconciler understands. "null" is the state of a key that nobody wrote.
  using State = std::string;
  template <typename T>
  using Result = tl::expected<T, std::string>;  // the error says what the reconciler did wrong

  // What a client is shown.
  struct Shown {
    std::set<std::string> values;                       // values
    std::map<std::string, std::set<std::string>> cart;  // items, each with the tags of its additions
    int64_t total = 0;                                  // counter
    std::string context = "null";                       // opaque JSON; values alone
    size_t context_size = 0;                            // entries, where the context is an object or a list; else 0
    friend bool operator==(const Shown& a, const Shown& b) {
      return a.values == b.values && a.cart == b.cart && a.total == b.total;
    }
  };

  virtual ~Reconciler() = default;
  // A value is written over what `context` covers; `actor` is the replica's name in this life of it.
  virtual Result<State> write(const State& state, const std::string& actor, const std::string& context,
                              const std::string& value) = 0;
  virtual Result<State> add(const State& state, const std::string& actor, const std::string& item,
                            const std::string& tag) = 0;
  // Removes the additions that have these tags, and no others.
  virtual Result<State> remove(const State& state, const std::string& actor, const std::string& item,
                               const std::set<std::string>& observed) = 0;
  virtual Result<State> increment(const State& state, const std::string& actor, int64_t amount) = 0;
  virtual Result<State> merge(Kind kind, const State& a, const State& b) = 0;
  virtual Result<Shown> read(Kind kind, const State& state) = 0;
};

std::unique_ptr<Reconciler> make_node_reconciler();
// Starts the program (argv[0] is searched on PATH); it is ended with the object.
tl::expected<std::unique_ptr<Reconciler>, std::string> make_program_reconciler(const std::vector<std::string>& argv);

}  // namespace harness
