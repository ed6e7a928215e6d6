#include <algorithm>
#include <cmath>

#include "checkers/formats/characters.h"
#include "checkers/formats/edn.h"

namespace checkers {
namespace {

bool is_inside(char c) {
  return is_letter(c) || is_digit(c) || std::string_view("-_.?!*+<>=&").find(c) != std::string_view::npos;
}

// (1 2) equals [1 2], and 7N equals 7.
bool is_only_a_manner(const Notation& notation) {
  return notation.kind == Notation::Kind::kSequence ||
         (notation.kind == Notation::Kind::kNumber && notation.plain.is_int());
}

using Entry = std::pair<std::string, const Value*>;  // a key as it is written, and its value

class EdnWriter {
 public:
  EdnWriter(std::string& out, bool canonical) : out_(out), canonical_(canonical) {}

  void write(const Value& value) {
    if (const Notation* notation = value.notation();
        notation != nullptr && !(canonical_ && is_only_a_manner(*notation)))
      return write(*notation);
    if (value.is_null()) {
      out_ += "nil";
    } else if (value.is_list()) {
      sequence('[', value.list(), ']');
    } else if (value.is_map()) {
      std::vector<Entry> entries;
      for (const auto& entry : value.map()) {
        std::string key;
        append_edn_keyword(key, entry.first);
        entries.emplace_back(std::move(key), &entry.second);
      }
      map(std::move(entries));
    } else if (value.is_double() && !std::isfinite(value.number())) {
      out_ += std::isnan(value.number()) ? "##NaN" : value.number() < 0 ? "##-Inf" : "##Inf";
    } else if (value.is_int()) {
      append_json_integer(out_, value.integer());
    } else if (canonical_ && value.is_double() && value.number() == 0) {
      out_ += "0.0";  // -0.0 equals it
    } else {
      append_json(out_, value);  // strings, booleans and reals look the same in both
    }
  }

 private:
  void write(const Notation& notation) {
    switch (notation.kind) {
      case Notation::Kind::kKeyword:
        out_ += ':';
        out_ += notation.plain.string();
        break;
      case Notation::Kind::kSymbol:
        out_ += notation.plain.string();
        break;
      case Notation::Kind::kCharacter:
        out_ += '\\';
        out_ += notation.text;
        break;
      case Notation::Kind::kNumber:
        out_ += notation.text;
        break;
      case Notation::Kind::kSequence:
        sequence('(', notation.plain.list(), ')');
        break;
      case Notation::Kind::kSet:
        out_ += '#';
        sequence('{', notation.plain.list(), '}');
        break;
      case Notation::Kind::kMap: {
        std::vector<Entry> entries;
        for (size_t i = 0; i < notation.keys.size(); ++i) {
          std::string key;
          EdnWriter(key, canonical_).write(notation.keys[i]);
          entries.emplace_back(std::move(key), &notation.plain.map()[i].second);
        }
        map(std::move(entries));
        break;
      }
      case Notation::Kind::kTag:
        out_ += '#';
        out_ += notation.text;
        out_ += ' ';
        write(notation.plain);
        break;
    }
  }

  void sequence(char open, const List& list, char close) {
    out_ += open;
    bool first = true;
    for (const Value& element : list) {
      if (!first) out_ += ' ';
      first = false;
      write(element);
    }
    out_ += close;
  }

  void map(std::vector<Entry> entries) {
    if (canonical_) std::sort(entries.begin(), entries.end());
    out_ += '{';
    bool first = true;
    for (const auto& [key, value] : entries) {
      if (!first) out_ += ", ";
      first = false;
      out_ += key;
      out_ += ' ';
      write(*value);
    }
    out_ += '}';
  }

  std::string& out_;
  const bool canonical_;
};

}  // namespace

bool is_edn_name(std::string_view name) {
  const size_t slash = name.find('/');  // of a namespace
  if (slash != std::string_view::npos)
    return name.find('/', slash + 1) == std::string_view::npos && is_edn_name(name.substr(0, slash)) &&
           is_edn_name(name.substr(slash + 1));
  return !name.empty() && is_letter(name[0]) && std::all_of(name.begin(), name.end(), is_inside);
}

void append_edn_keyword(std::string& out, std::string_view name) {
  if (is_edn_name(name)) {
    out += ':';
    out += name;
  } else {
    append_json_string(out, name);
  }
}

void append_edn(std::string& out, const Value& value) { EdnWriter(out, false).write(value); }

std::string canonical_text(const Value& value) {
  std::string text;
  EdnWriter(text, true).write(value);
  return text;
}

}  // namespace checkers
