// RESP2, the protocol of Redis: replies are written here, requests are read by RespReader. Pure: bytes in, words out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace node::resp {

inline constexpr std::string_view kLineEnd = "\r\n";

// Each appends one encoded reply.
void status(std::string& out, std::string_view text);  // +text; line breaks become spaces
void error(std::string& out, std::string_view text);   // -text; line breaks become spaces
void integer(std::string& out, int64_t value);         // :value
void bulk(std::string& out, std::string_view bytes);   // $n bytes
void bulk_head(std::string& out, size_t bytes);        // $n; so many bytes follow, and kLineEnd
void null(std::string& out);                           // $-1
void array(std::string& out, size_t elements);         // *n; the elements follow
// An array of bulk strings: how requests and messages between nodes travel.
void words(std::string& out, const std::vector<std::string>& words);

// Takes the bytes of one connection apart into requests: arrays of bulk strings, or inline lines of words (quotes as
// in redis-cli). Never holds more than the limits and what was fed last; what exceeds them is read and thrown away,
// and told once it is past. How the bytes were cut into pieces never shows in the results.
//
// Sizes that Redis would not take for a request either (an array over 1,048,576 words, a word over 512 MiB, an inline
// line over the limit) are not waited for: they are kBroken.
class RespReader {
 public:
  struct Limits {
    size_t max_words = 64;
    size_t max_word_bytes = (1u << 20) + (64u << 10);  // of one bulk string; a value, or its record with a context
    size_t max_request_bytes = (2u << 20);             // of all together
    size_t max_inline_bytes = 64u << 10;               // of one line, its end included
  };
  enum class Result {
    kRequest,  // `words` holds one
    kMore,     // feed more bytes
    kTooBig,   // a request over the limits has passed; `error` names which; the connection goes on
    kBroken,   // not RESP; `error` says why; close the connection: every later call says the same
  };
  explicit RespReader(Limits limits);
  RespReader() : RespReader(Limits{}) {}

  void feed(std::string_view bytes);
  // Call until kMore or kBroken. An empty array or line is skipped, as Redis does.
  Result next(std::vector<std::string>& words, std::string& error);
  // Is the next request there as a whole, and unwanted by its first word? Then it is passed over, for less than it
  // takes to take it apart; else nothing is done.
  bool pass_over(bool (*unwanted)(std::string_view first_word));
  // Holds from the next request on. For a connection that turns out to be another node's.
  void set_limits(Limits limits) { limits_ = limits; }

 private:
  enum class State { kStart, kLength, kBody, kBroken };
  enum class Step { kGoOn, kStop };  // kStop: result_ is what next() returns

  Step read_start();
  Step read_inline();
  Step read_length();
  Step read_body();
  // Moves what belongs to the present word out of `bytes`; returns how much that was.
  size_t take_body(std::string_view bytes);
  // The number between the type byte and the line's end.
  Step read_header(const char* what, int64_t& number);
  Step finish_request();
  Step stop(Result result);
  Step broken(std::string why);
  void refuse(std::string why);
  size_t available() const { return buffer_.size() - position_; }

  Limits limits_;
  std::string buffer_;  // what was fed and not yet taken; starts at position_
  size_t position_ = 0;
  size_t scanned_ = 0;  // bytes from position_ on that are known to hold no line end
  State state_ = State::kStart;
  Result result_ = Result::kMore;
  int64_t words_left_ = 0;
  size_t body_left_ = 0;  // of the present word, without its line end
  size_t request_bytes_ = 0;
  std::string refusal_;  // not empty: this request is being thrown away
  std::string error_;
  std::vector<std::string> words_;
};

}  // namespace node::resp
