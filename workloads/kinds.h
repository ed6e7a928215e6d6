// The workloads behind make_workload, and what they share.
#pragma once

#include <memory>
#include <string>

#include "workloads/workload.h"

namespace workloads {

std::unique_ptr<Workload> make_cart(int keys_at_once, CartLayout layout);
std::unique_ptr<Workload> make_counter(int keys_at_once);
std::unique_ptr<Workload> make_register(int keys_at_once, Registers registers);
std::unique_ptr<Workload> make_set(int keys_at_once);

// A process's one session. Process numbers are never used twice, so its name is unique in the run.
std::string session_of(int64_t process);

Operation read_of(Operation::Kind kind, const std::string& key, bool final);

}  // namespace workloads
