// The text form of operations in a schedule.
#include <algorithm>
#include <charconv>
#include <optional>

#include "workloads/workload.h"

namespace workloads {
namespace {

using checkers::Map;
using checkers::Value;
using Kind = Operation::Kind;
using Words = std::vector<std::string>;

constexpr size_t kLongestKey = 500;          // bytes; the node's limit, too
constexpr int64_t kLargest = 1'000'000'000;  // of a quantity or an amount: sums of many stay far from overflow

struct Form {
  Kind kind;
  std::string_view f;
  std::string_view word;
  std::string_view operands;  // after the key
};
constexpr Form kForms[] = {
    {Kind::kCart, "add", "cart.add", "ITEM QUANTITY"},
    {Kind::kCart, "remove", "cart.remove", "ITEM [unseen]"},
    {Kind::kCart, "read", "cart.read", ""},
    {Kind::kCounter, "add", "counter.add", "AMOUNT"},
    {Kind::kCounter, "read", "counter.read", ""},
    {Kind::kRegister, "write", "register.write", "[blind] [identified]"},
    {Kind::kRegister, "read", "register.read", ""},
    {Kind::kSet, "add", "set.add", "MEMBER"},
    {Kind::kSet, "remove", "set.remove", "MEMBER [unseen]"},
    {Kind::kSet, "read", "set.read", ""},
};

tl::unexpected<std::string> expected(const Form& form) {
  std::string text = std::string(form.word) + ": expected KEY";
  if (!form.operands.empty()) text += " " + std::string(form.operands);
  return tl::unexpected(text);
}

std::optional<int64_t> number_of(const std::string& word) {
  int64_t number = 0;
  const char* end = word.data() + word.size();
  const auto [rest, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc() || rest != end || number == 0 || number > kLargest || number < -kLargest) return {};
  return number;
}

// The last word, if it is this one, is taken away.
bool take(Words& words, std::string_view last) {
  const bool there = !words.empty() && words.back() == last;
  if (there) words.pop_back();
  return there;
}

}  // namespace

std::optional<Kind> kind_of(std::string_view workload) {
  for (const Form& form : kForms) {
    if (form.word.substr(0, form.word.find('.')) == workload) return form.kind;
  }
  return std::nullopt;
}

std::string to_words(const Operation& operation) {
  std::string words;
  for (const Form& form : kForms) {
    if (form.kind == operation.kind && form.f == operation.f) words = std::string(form.word) + " " + operation.key;
  }
  if (operation.f == "read") return words;
  switch (operation.kind) {
    case Kind::kCart:
      words += " " + operation.value["item"].string();
      if (operation.f == "add") return words + " " + std::to_string(operation.value["quantity"].integer());
      return operation.has_observed ? words : words + " unseen";
    case Kind::kSet:
      words += " " + operation.value["member"].string();
      return operation.f == "add" || operation.has_observed ? words : words + " unseen";
    case Kind::kCounter:
      return words + " " + std::to_string(operation.value.integer());
    case Kind::kRegister:
      return words + (operation.blind ? " blind" : "") + (operation.identified ? " identified" : "");
  }
  return words;
}

tl::expected<Operation, std::string> parse_operation(const Words& words) {
  const auto* form = std::find_if(std::begin(kForms), std::end(kForms),
                                  [&](const Form& known) { return !words.empty() && known.word == words[0]; });
  if (form == std::end(kForms)) {
    std::string known;
    for (const Form& each : kForms) known += (known.empty() ? "" : ", ") + std::string(each.word);
    return tl::unexpected("\"" + (words.empty() ? "" : words[0]) + "\" is no operation: there are " + known);
  }
  if (words.size() < 2 || words[1].size() > kLongestKey) return expected(*form);
  Operation operation;
  operation.kind = form->kind;
  operation.f = form->f;
  operation.key = words[1];
  Words operands(words.begin() + 2, words.end());
  if (form->f == "read") {
    if (!operands.empty()) return expected(*form);
  } else if (form->kind == Kind::kRegister) {
    operation.identified = take(operands, "identified");
    operation.blind = take(operands, "blind");
    if (!operands.empty()) return expected(*form);
  } else if (form->kind == Kind::kCounter) {
    const auto amount = operands.size() == 1 ? number_of(operands[0]) : std::nullopt;
    if (!amount) return expected(*form);
    operation.value = *amount;
  } else if (form->kind == Kind::kCart && form->f == "add") {
    const auto quantity = operands.size() == 2 ? number_of(operands[1]) : std::nullopt;
    if (!quantity) return expected(*form);
    operation.value = Map{{"item", operands[0]}, {"quantity", *quantity}};
  } else {
    operation.has_observed = form->f == "remove" && !take(operands, "unseen");
    if (operands.size() != 1) return expected(*form);
    operation.value = Map{{form->kind == Kind::kSet ? "member" : "item", operands[0]}};
  }
  return operation;
}

}  // namespace workloads
