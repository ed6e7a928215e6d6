#include "workloads/workload.h"

#include "workloads/kinds.h"

namespace workloads {

const std::vector<WorkloadInfo>& all_workloads() {
  static const std::vector<WorkloadInfo> kAll = {
      {"cart", "shopping carts: add items, remove them, read the cart; additions survive, removed ones stay away"},
      {"counter", "counters: add positive and negative amounts, read the sum; a retried increment counts once"},
      {"register",
       "plain values: read the siblings and write a unique value over them, read; with --lin or --plain one value a "
       "key"},
      {"set", "sets: add members, remove them, read all; carts without quantities"},
  };
  return kAll;
}

std::unique_ptr<Workload> make_workload(std::string_view name, int keys_at_once, Registers registers,
                                        CartLayout layout) {
  if (name == "cart") return make_cart(keys_at_once, layout);
  if (name == "counter") return make_counter(keys_at_once);
  if (name == "register") return make_register(keys_at_once, registers);
  if (name == "set") return make_set(keys_at_once);
  return nullptr;
}

std::string session_of(int64_t process) { return "s" + std::to_string(process); }

Operation read_of(Operation::Kind kind, const std::string& key, bool final) {
  Operation read;
  read.kind = kind;
  read.f = "read";
  read.key = key;
  read.final = final;
  return read;
}

}  // namespace workloads
