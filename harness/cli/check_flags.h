// The flags of `harness check` and `harness convert`, from words to what the judge understands.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "checkers/history_file.h"
#include "checkers/judging.h"
#include "harness/cli/commands.h"
#include "harness/cli/workers.h"

namespace harness {

// "4GB", "512M", "1GiB" (all in powers of 1024), or plain bytes.
tl::expected<size_t, std::string> parse_bytes(std::string_view text);

// A value as JSON or EDN writes it; a bare word is a string.
tl::expected<checkers::Value, std::string> parse_value(const std::string& text);

// "3,2,2": N, R and W.
tl::expected<checkers::Quorums, std::string> parse_quorums(const std::string& text);

// What is asked of the judge, with threads, clock and ctrl-C lent to it; `workers` must outlive the result. The error
// names the flag and what it may be.
tl::expected<checkers::Judging, std::string> judging_of(const CheckFlags& flags, Workers& workers);

// A history from a file, from the file history.jsonl of a directory, or from standard input ("-").
struct Source {
  std::string name;  // for messages
  checkers::History history;
};
enum class Unreadable { kBadInput, kInterrupted };
tl::expected<Source, std::pair<Unreadable, std::string>> read_source(const std::string& from, const std::string& format,
                                                                     bool keyed, Workers& workers,
                                                                     checkers::Headway::Progress progress);

}  // namespace harness
