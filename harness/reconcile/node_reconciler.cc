// The node's own records as a reconciler: a state is the hexadecimal form of its bytes.
#include <nlohmann/json.hpp>

#include "harness/reconcile/reconciler.h"
#include "node/causality/record.h"
#include "node/replica/operations.h"

namespace harness {

namespace {

using nlohmann::json;
using node::Actor;
using node::Context;
using node::Dot;
using node::Record;

class NodeReconciler : public Reconciler {
 public:
  Result<State> write(const State& state, const std::string& actor, const std::string& context,
                      const std::string& value) override {
    Record record = record_of(state);
    Record delta;
    delta.context = context_of(context);
    const Actor self = Actor::session(actor);
    delta.put({{self, record.context.last(self) + 1}, node::PlainValue{value, 0}});
    return merged(std::move(record), delta);
  }

  Result<State> add(const State& state, const std::string& /*actor*/, const std::string& item,
                    const std::string& tag) override {
    Record delta;
    delta.put({Dot::parse(tag), node::CartLine{item, 1}});
    return merged(record_of(state), delta);
  }

  Result<State> remove(const State& state, const std::string& /*actor*/, const std::string& /*item*/,
                       const std::set<std::string>& observed) override {
    Record delta;
    for (const std::string& tag : observed) delta.context.add(Dot::parse(tag));
    return merged(record_of(state), delta);
  }

  Result<State> increment(const State& state, const std::string& actor, int64_t amount) override {
    Record record = record_of(state);
    const Actor self = Actor::session(actor);
    const node::Tally* before = record.find(self);
    node::Tally tally = before == nullptr ? node::Tally{self, 0, 0, 0} : *before;
    ++tally.n;
    (amount < 0 ? tally.minus : tally.plus) += static_cast<uint64_t>(amount < 0 ? -amount : amount);
    Record delta;
    delta.put(tally);
    return merged(std::move(record), delta);
  }

  Result<State> merge(Kind /*kind*/, const State& a, const State& b) override {
    return merged(record_of(a), record_of(b));
  }

  Result<Shown> read(Kind kind, const State& state) override {
    const Record record = record_of(state);
    Shown shown;
    for (const node::Sibling& sibling : record.siblings) {
      if (const auto* value = std::get_if<node::PlainValue>(&sibling.content)) shown.values.insert(value->bytes);
      if (const auto* line = std::get_if<node::CartLine>(&sibling.content)) {
        shown.cart[line->item].insert(sibling.dot.to_string());
      }
    }
    shown.total = node::counter_value(record);
    if (kind == Kind::kValues) {
      shown.context = json(record.context.token()).dump();
      shown.context_size = record.context.runs().size();
    }
    return shown;
  }

 private:
  static Record record_of(const State& state) {
    Record record;
    const json parsed = json::parse(state);
    if (!parsed.is_string()) return record;
    const auto& hex = parsed.get_ref<const std::string&>();
    std::string bytes;
    for (size_t i = 0; i + 1 < hex.size(); i += 2) {
      bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    (void)Record::decode(bytes, record);
    return record;
  }
  static Context context_of(const std::string& text) {
    Context context;
    const json parsed = json::parse(text);
    if (parsed.is_string()) (void)Context::from_token(parsed.get_ref<const std::string&>(), context);
    return context;
  }
  static State merged(Record record, const Record& other) {
    record.merge(other);
    return json(node::to_hex(record.encode())).dump();
  }
};

}  // namespace

std::unique_ptr<Reconciler> make_node_reconciler() { return std::make_unique<NodeReconciler>(); }

}  // namespace harness
