#include "checkers/linear/log_register.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace checkers::linear {
namespace {

// Values of the register: 0 is the initial text, i + 1 what the operation at positions[i] made.
class Texts {
 public:
  Texts(const History& history, std::span<const uint32_t> positions) : history_(history), positions_(positions) {}

  LogRegister translate() {
    if (!gather_pieces()) return {};
    LogRegister result;
    result.applies = true;
    for (const uint32_t position : positions_) result.operations.push_back(history_.operations[position]);
    stands_on_.assign(positions_.size(), kUnseen);
    for (uint32_t i = 0; i < positions_.size(); ++i) {
      Operation& operation = result.operations[i];
      if (operation.kind != Kind::kRead) {
        operation.value = i + 1;
      } else if (tells(operation)) {
        result.finding = take_apart(i, operation.value);
        if (result.finding) return result;
      }
    }
    for (uint32_t i = 0; i < positions_.size(); ++i) {
      Operation& operation = result.operations[i];
      if (operation.kind != Kind::kAppend) continue;
      operation.kind = stands_on_[i] == kUnseen ? Kind::kWrite : Kind::kCas;
      operation.expected = stands_on_[i] == kUnseen ? 0 : stands_on_[i];
    }
    return result;
  }

 private:
  static constexpr Value kUnseen = -1;
  struct Piece {
    std::string_view text;
    Value value;  // 0: the initial text
    bool append;
  };

  const Operation& at(uint32_t i) const { return history_.operations[positions_[i]]; }
  std::string_view text(Value value) const { return history_.texts[static_cast<size_t>(value)]; }

  // False if texts may come apart in two ways.
  bool gather_pieces() {
    for (uint32_t i = 0; i < positions_.size(); ++i) {
      if (at(i).kind == Kind::kCas || at(i).kind == Kind::kTransaction) return false;
      if (may_write(at(i))) pieces_.push_back({text(at(i).value), i + 1, at(i).kind == Kind::kAppend});
    }
    const std::string_view initial = text(history_.initial);
    if (!initial.empty()) pieces_.push_back({initial, 0, false});
    std::sort(pieces_.begin(), pieces_.end(), [](const Piece& a, const Piece& b) { return a.text < b.text; });
    for (size_t k = 0; k < pieces_.size(); ++k) {
      if (pieces_[k].text.empty()) return false;
      if (k > 0 && pieces_[k].text.substr(0, pieces_[k - 1].text.size()) == pieces_[k - 1].text) return false;
    }
    return true;
  }

  // The piece that `rest` begins with, or null.
  const Piece* first_piece(std::string_view rest) const {
    auto after = std::upper_bound(pieces_.begin(), pieces_.end(), rest,
                                  [](std::string_view a, const Piece& b) { return a < b.text; });
    if (after == pieces_.begin()) return nullptr;
    const Piece& piece = *--after;  // what lies between a piece and a longer text begins with the piece, too
    return rest.substr(0, piece.text.size()) == piece.text ? &piece : nullptr;
  }

  // Gives `value`, what read i returned, its number in the register; notes what each append in it stood on.
  std::optional<Finding> take_apart(uint32_t i, Value& value) {
    const std::string_view whole = text(value);
    size_t from = 0;
    Value made = 0;
    // Logs grow: mostly a text continues the one that was read before.
    if (!last_text_.empty() && whole.substr(0, last_text_.size()) == last_text_) {
      from = last_text_.size();
      made = last_value_;
    }
    const bool initial_is_empty = text(history_.initial).empty();
    if (whole.empty() && !initial_is_empty) return nowhere(i, 0);
    while (from < whole.size()) {
      const Piece* piece = first_piece(whole.substr(from));
      const bool begins = from == 0;
      if (piece == nullptr || (piece->append ? begins && !initial_is_empty : !begins)) return nowhere(i, from);
      if (piece->append) {
        Value& stands_on = stands_on_[static_cast<size_t>(piece->value - 1)];
        if (stands_on != kUnseen && stands_on != made) return twice(i, piece->value);
        if (stands_on == kUnseen) first_reader_.emplace_back(piece->value, i);
        stands_on = made;
      }
      made = piece->value;
      from += piece->text.size();
    }
    last_text_ = whole;
    last_value_ = made;
    value = made;
    return {};
  }

  Finding nowhere(uint32_t i, size_t from) const {
    return {"value from nowhere",
            {positions_[i]},
            fmt::format("A returned a text of which the part from byte {} on is none that anybody wrote{}.", from,
                        from > 0 ? " or appended" : "")};
  }

  Finding twice(uint32_t i, Value appended) const {
    uint32_t other = i;
    for (const auto& [value, reader] : first_reader_) {
      if (value == appended) other = reader;
    }
    const uint32_t append = positions_[static_cast<size_t>(appended - 1)];
    const Letters letters(history_.operations, {positions_[i], positions_[other], append});
    if (other == i) {
      return {"append seen twice", letters.cast(),
              fmt::format("{} shows the text of {} in two places, and it was appended only once.",
                          letters.of(positions_[i]), letters.of(append))};
    }
    return {"append seen in two places", letters.cast(),
            fmt::format("{} and {} show the text of {} after different beginnings, and it was appended only once.",
                        letters.of(positions_[other]), letters.of(positions_[i]), letters.of(append))};
  }

  const History& history_;
  std::span<const uint32_t> positions_;
  std::vector<Piece> pieces_;     // sorted by text
  std::vector<Value> stands_on_;  // of the append at positions_[i]: the value before it
  std::vector<std::pair<Value, uint32_t>> first_reader_;
  std::string_view last_text_;
  Value last_value_ = 0;
};

}  // namespace

LogRegister as_register(const History& history, std::span<const uint32_t> positions) {
  return Texts(history, positions).translate();
}

}  // namespace checkers::linear
