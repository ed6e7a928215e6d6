#include "node/runtime/runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "node/runtime/image_reader.h"
#include "node/runtime/log.h"
#include "node/wire/resp.h"

namespace node {

namespace {

// A core that keeps talking to itself must not keep the sockets waiting.
constexpr int kRoundsATurn = 16;
// The clock is read once for so many: a step takes a microsecond or two, and to ask for the time a part of that.
constexpr size_t kStepsAClock = 16;
constexpr auto kFinalPatience = std::chrono::milliseconds(300);

Instant monotonic_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

WallTime wall_now() {
  return std::chrono::duration_cast<WallTime>(std::chrono::system_clock::now().time_since_epoch());
}

ServerOptions server_options(const RuntimeOptions& options) {
  ServerOptions server;
  server.listen = options.listen;
  server.inherited_fd = options.inherited_fd;
  server.max_clients = options.max_clients;
  server.name = options.name;
  server.limits = options.limits;
  return server;
}

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace

Runtime::Runtime(RuntimeOptions options, Step step)
    : options_(std::move(options)),
      step_(std::move(step)),
      loop_(make_loop()),
      wakeup_(loop_.get()),
      inbox_{{}, {}, Door(options_.max_queue_delay)},
      server_(loop_.get(), server_options(options_), &inbox_) {
  const auto on_alarm = [](evutil_socket_t, short, void* self) {
    auto& runtime = *static_cast<Runtime*>(self);
    runtime.armed_.reset();
    runtime.alarm_.reset();
    runtime.inbox_.first.emplace_back(Alarm{});
  };
  alarm_event_.reset(evtimer_new(loop_.get(), on_alarm, this));
}

Runtime::~Runtime() = default;

tl::expected<void, std::string> Runtime::start() {
  const Instant began = monotonic_now();
  // First, so that an address that cannot be had is told before a long load.
  if (auto listening = server_.listen(); !listening) return listening;
  std::array<size_t, kTables.size()> loaded{};
  if (auto done = load(loaded); !done) return done;
  const std::string disk = options_.storage->describe();
  storage_ = std::make_unique<StorageThread>(std::move(options_.storage), [this] { wakeup_.ring(); });
  turn();

  const std::string inherited = server_.inherited_address();
  const auto took = std::chrono::duration<double, std::milli>(monotonic_now() - began);
  log_line(options_.name,
           fmt::format("ready on {}{}{}; {}: {} records, {} hints loaded in {:.1f} ms{}{}", address().text(),
                       inherited.empty() ? "" : " and ", inherited, disk, loaded[static_cast<size_t>(Table::kRecords)],
                       loaded[static_cast<size_t>(Table::kHints)], took.count(), options_.remark.empty() ? "" : "; ",
                       options_.remark));
  return {};
}

// The last page is left in the inbox: what the core does then may need all the rest.
tl::expected<void, std::string> Runtime::load(std::array<size_t, kTables.size()>& counts) {
  ImageReader reader(*options_.storage);
  bool first = true;
  for (bool more = true; more && !halt_; first = false) {
    tl::expected<ImageReader::Page, std::string> page = reader.next();
    if (!page) return tl::unexpected(page.error());
    for (const StoredItem& item : page->items) ++counts[static_cast<size_t>(item.table)];
    more = page->more;
    Input input = Stored{std::move(page->items), more};
    if (first) {
      std::vector<StoredItem>& image = std::get<Stored>(input).image;
      input = Start{options_.life, std::move(image), {address().text(), server_.inherited_address()}, more};
    }
    if (more) {
      step(wall_now(), std::move(input));
    } else {
      inbox_.first.push_back(std::move(input));
    }
  }
  return {};
}

void Runtime::set_links(const Links& links) {
  std::map<std::string, Address> wanted;
  for (const auto& [name, text] : links.to) {
    if (const auto parsed = Address::parse(text)) {
      wanted.emplace(name, *parsed);
    } else {
      log_line(options_.name, fmt::format("no link to {}: {}", name, parsed.error()));
    }
  }
  for (auto link = links_.begin(); link != links_.end();) {
    const auto found = wanted.find(link->first);
    const bool stays = found != wanted.end() && found->second.text() == link->second->to().text();
    link = stays ? std::next(link) : links_.erase(link);
  }
  std::string greeting;
  resp::words(greeting, {"PEER", options_.name, fmt::format("{:016x}{:016x}", options_.life[0], options_.life[1])});
  for (const auto& [name, to] : wanted) {
    if (links_.count(name) > 0) continue;
    PeerLink::Ends ends;
    ends.self = options_.name;
    ends.peer = name;
    ends.to = to;
    if (!address().is_wildcard() && address().family() == to.family()) ends.from = address();
    ends.greeting = greeting;
    // Before the requests of clients that came in the same turn: they go elsewhere.
    const auto tell = [this, peer = name](bool up) { inbox_.first.emplace_back(LinkChanged{peer, up}); };
    links_.emplace(name, std::make_unique<PeerLink>(loop_.get(), std::move(ends), options_.links, tell));
  }
  server_.expect_peers(links_.size());
}

int Runtime::run() {
  while (!halt_ && !stop_asked_) {
    event_base_loop(loop_.get(), EVLOOP_ONCE);
    turn();
  }
  return shut_down();
}

void Runtime::stop() {
  stop_asked_ = true;
  wakeup_.ring();
}

void Runtime::turn() {
  collect_from_storage();
  const Instant until = monotonic_now() + inbox_.door.turn();
  for (int i = 0; i < kRoundsATurn && !inbox_.empty() && !halt_; ++i) round(until);
  for (const auto& link : links_) link.second->flush();
  server_.flush();
  set_alarm();
  look_at_the_door();
  if (!inbox_.empty()) wakeup_.ring();
}

void Runtime::look_at_the_door() {
  const Instant now = monotonic_now();
  const auto* first = inbox_.clients.empty() ? nullptr : std::get_if<ClientRequest>(&inbox_.clients.front());
  const size_t refused = inbox_.door.turned(now, std::exchange(served_, 0), inbox_.clients.size(),
                                            first == nullptr ? now : first->arrived);
  if (refused > 0) inbox_.first.emplace_back(Refused{refused});
}

void Runtime::round(Instant until) {
  const WallTime wall = wall_now();
  steps_ = 0;
  stepping_.clear();
  std::swap(stepping_, inbox_.first);
  for (Input& input : stepping_) {
    step(wall, std::move(input));
    if (halt_) return;
  }
  // At least one, however long the turn was: clients go on, too.
  for (size_t left = inbox_.clients.size(); left > 0; --left) {
    ++served_;
    step(wall, std::move(inbox_.clients.front()));
    inbox_.clients.pop_front();
    if (halt_) return;
    if (now_ >= until) break;
  }
  if (storage_->remembers()) {
    storage_->submit(std::exchange(batch_, {}));
  } else if (last_persist_ > 0) {
    storage_->submit(std::exchange(last_persist_, 0));
  }
  collect_from_storage();
}

void Runtime::step(WallTime wall, Input&& input) {
  if (steps_++ % kStepsAClock == 0) now_ = monotonic_now();
  Effects effects = step_(now_, wall, std::move(input));
  for (Effect& effect : effects) carry_out(effect);
}

void Runtime::collect_from_storage() {
  for (Input& outcome : storage_->collect()) inbox_.first.push_back(std::move(outcome));
}

void Runtime::carry_out(Effect& effect) {
  const auto send = [this](Send& message) {
    if (message.to == options_.name) {
      inbox_.first.emplace_back(PeerMessage{std::move(message.packet)});
      return;
    }
    const auto link = links_.find(message.to);
    if (link != links_.end()) link->second->send(message.packet);
  };
  const auto reply = [this](Reply& answer) {
    if (served_ > 0 && answer.resp.starts_with("-BUSY")) --served_;
    server_.reply(answer.client, answer.ticket, std::move(answer.resp), answer.close);
  };
  const auto persist = [this](Persist& item) {
    if (storage_->remembers()) {
      batch_.push_back(std::move(item));
    } else {
      last_persist_ = item.number;
    }
  };
  std::visit(
      Overloaded{send, reply, persist, [this](Links& links) { set_links(links); },
                 [this](SetAlarm& alarm) { alarm_ = alarm.at; }, [this](Halt& halt) { halt_ = std::move(halt); }},
      effect);
}

void Runtime::set_alarm() {
  if (!alarm_ || alarm_ == armed_) return;
  armed_ = alarm_;
  // Never at once: a core that asks for the past would keep the loop from its sockets.
  const timeval delay = to_timeval(std::max<Duration>(*alarm_ - monotonic_now(), std::chrono::microseconds(1)));
  event_add(alarm_event_.get(), &delay);
}

int Runtime::shut_down() {
  server_.stop_accepting();
  if (!halt_) {
    // What was taken is committed and answered; a commit that fails now still ends with the core's Halt.
    storage_->wait_until_idle();
    turn();
    storage_->wait_until_idle();
    turn();
  }
  server_.flush_finally(kFinalPatience);
  storage_.reset();
  if (!halt_) {
    log_line(options_.name, "stopped");
    return 0;
  }
  log_line(options_.name, fmt::format("ends with code {}: {}", halt_->code, halt_->reason));
  return halt_->code;
}

}  // namespace node
