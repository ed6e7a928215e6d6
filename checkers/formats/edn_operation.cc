#include "checkers/formats/edn_operation.h"

#include <fmt/format.h>

#include <algorithm>

#include "checkers/formats/history_builder.h"
#include "checkers/formats/jepsen_operation.h"

namespace checkers {

EdnField::Name EdnField::of(std::string_view name) {
  switch (name.size()) {
    case 1:
      return name == "f" ? kF : kOther;
    case 3:
      return name == "key" ? kKey : kOther;
    case 4:
      return name == "type" ? kType : name == "time" ? kTime : kOther;
    case 5:
      return name == "value" ? kValue : name == "index" ? kIndex : kOther;
    case 7:
      return name == "process" ? kProcess : kOther;
    default:
      return kOther;
  }
}

tl::expected<void, std::string> set_field(Event& event, EdnField::Name field, std::string_view name, Value&& value) {
  switch (field) {
    case EdnField::kIndex:
    case EdnField::kTime:
      if (value.is_null()) return {};
      if (!value.is_int()) return tl::unexpected(fmt::format(":{} must be an integer, found {}", name, to_json(value)));
      if (field == EdnField::kIndex) {
        event.index = value.integer();
      } else {
        event.time = Nanos(value.integer());
      }
      break;
    case EdnField::kType: {
      const auto type = jepsen_type(value);
      if (!type) return tl::unexpected(type.error());
      event.type = *type;
      break;
    }
    case EdnField::kProcess: {
      const auto process = jepsen_process(value);
      if (!process) return tl::unexpected(process.error());
      event.process = *process;
      break;
    }
    case EdnField::kF:
      event.f = jepsen_f(value);
      break;
    case EdnField::kValue:
      event.value = std::move(value);
      break;
    case EdnField::kKey:
      break;
    case EdnField::kOther:
      event.fields.set(name, std::move(value));
  }
  return {};
}

void begin(Event& event) {
  event = Event();
  event.index = HistoryBuilder::kMissing;
  event.time = Nanos(HistoryBuilder::kMissing);
}

bool PlainOperation::read(EdnReader& reader, Event& event) {
  reader.skip_tag();
  if (!reader.skip('{')) return false;
  has = 0;
  others_.clear();
  while (!reader.skip('}')) {
    const auto name = reader.keyword();
    if (!name) return false;
    const EdnField::Name field = EdnField::of(*name);
    if (field != EdnField::kOther) {
      if ((has & field) != 0) return false;
    } else if (std::find(others_.begin(), others_.end(), *name) != others_.end()) {
      return false;
    } else {
      others_.push_back(*name);
    }
    has |= field;
    if (const auto keyword = field == EdnField::kType || field == EdnField::kF ? reader.keyword() : std::nullopt) {
      const auto type = field == EdnField::kType ? event_type(*keyword) : std::nullopt;
      if (field == EdnField::kType && !type) return false;
      if (field == EdnField::kF) {
        event.f = *keyword;
      } else {
        event.type = *type;
      }
      continue;
    }
    Value value;
    if (!reader.read_plain(value)) {
      auto read = reader.read();
      if (!read) return false;
      value = std::move(*read);
    }
    if (field == EdnField::kKey) {
      key = std::move(value);
    } else if (!set_field(event, field, *name, std::move(value))) {
      return false;
    }
  }
  return true;
}

}  // namespace checkers
