// Reads what a static library asks of the world, and tells which of that no pure state machine may ask: the time,
// chance, threads, files, sockets, the terminal, the environment.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace architecture {

// One line a finding: "server.cc.o asks the time: clock_gettime".
// Throws std::runtime_error if nm cannot read the library.
std::vector<std::string> impure_symbols(const std::filesystem::path& library);

// How many symbols the library defines: a check of an empty library has proved nothing.
int count_of_definitions(const std::filesystem::path& library);

}  // namespace architecture
