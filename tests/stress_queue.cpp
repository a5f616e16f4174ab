// SPDX-License-Identifier: Apache-2.0
// Every queue of the catalogue under more threads than cores, with random stalls; what went in and what came out is
// checked for loss, duplication and order.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "support/each.hpp"
#include "support/history.hpp"
#include "support/queues.hpp"
#include "support/seed.hpp"
#include "support/stalling_platform.hpp"
#include "support/threads.hpp"

namespace {

using support::stamped;

/// Yields while an operation can't succeed, and gives up where nothing has moved for a long time: a lost element must
/// end as a failure, not as a hanging test.
class waiting {
 public:
  void once() {
    std::this_thread::yield();
    if (++rounds_ % 4096 == 0 && std::chrono::steady_clock::now() - since_ > std::chrono::seconds(120)) {
      throw std::runtime_error("no progress for 120 seconds");
    }
  }
  void progress() {
    if (rounds_ == 0) return;
    rounds_ = 0;
    since_ = std::chrono::steady_clock::now();
  }

 private:
  std::size_t rounds_ = 0;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

/// Each producer pushes `count` elements, one by one and in bulk; the consumers pop until all producers have ended and
/// the queue is empty.
template <class Queue>
void stress(std::size_t capacity, std::size_t producers, std::size_t consumers, std::size_t count) {
  INFO(producers << " producers, " << consumers << " consumers, capacity " << capacity);
  SUPPORT_SHOW_SEED();
  constexpr std::size_t batch = 5;
  Queue queue = support::made<Queue>(capacity);
  std::atomic<std::size_t> producing = producers;
  std::vector<std::vector<stamped>> received(consumers + 1);
  const auto total = producers * count;

  const auto produce = [&](std::uint32_t producer) {
    support::random random(producer);
    support::stalls stalls(100 + producer);
    waiting waiting;
    for (std::size_t sent = 0; sent < count;) {
      const stamped next{producer, static_cast<std::uint32_t>(sent)};
      std::size_t pushed = 0;
      if (random.one_in(4)) {
        std::array<stamped, batch> values{};
        const std::size_t n = std::min(batch, count - sent);
        for (std::size_t i = 0; i < n; ++i) values[i] = {producer, static_cast<std::uint32_t>(sent + i)};
        pushed = support::push_n(queue, values.data(), n);
      } else {
        pushed = support::push(queue, next) ? 1 : 0;
      }
      sent += pushed;
      if (pushed == 0) {
        waiting.once();
      } else {
        waiting.progress();
      }
      stalls.maybe();
    }
    producing.fetch_sub(1, std::memory_order::release);
  };

  const auto consume = [&](std::size_t consumer) {
    support::random random(200 + consumer);
    support::stalls stalls(300 + consumer);
    waiting waiting;
    auto& mine = received[consumer];
    mine.reserve(2 * total / consumers);
    for (;;) {
      const bool last_look = producing.load(std::memory_order::acquire) == 0;
      const std::size_t before = mine.size();
      if (random.one_in(4)) {
        std::array<stamped, batch> values{};
        const std::size_t got = queue.try_pop_n(values.data(), values.size());
        mine.insert(mine.end(), values.begin(), values.begin() + static_cast<std::ptrdiff_t>(got));
      } else if (random.one_in(2)) {
        if (const auto element = queue.try_pop()) mine.push_back(*element);
      } else {
        stamped element;
        if (queue.try_pop(element)) mine.push_back(element);
      }
      if (mine.size() == before) {
        if (last_look) return;
        waiting.once();
      } else {
        waiting.progress();
      }
      stalls.maybe();
    }
  };

  support::run_threads(producers + consumers, [&](std::size_t i) {
    if (i < producers) {
      produce(static_cast<std::uint32_t>(i));
    } else {
      consume(i - producers);
    }
  });
  // A consumer may leave while another one still holds the element that is next; so nothing must be left now.
  while (const auto element = queue.try_pop()) received.back().push_back(*element);
  REQUIRE(received.back().empty());
  REQUIRE(queue.empty_approx());
  REQUIRE(support::check_history(std::vector<std::uint32_t>(producers, static_cast<std::uint32_t>(count)), received,
                                 true) == "");
}

template <class Queue>
void stress_all(std::size_t total) {
  const std::size_t many = 2 * support::cores() + 2;
  const auto role = [](std::size_t limit, std::size_t wanted) { return std::min(limit, wanted); };
  const std::size_t rounds[][2] = {{1, 1}, {many, 1}, {1, many}, {many, many}};
  for (const auto& [producers, consumers] : rounds) {
    if (producers > Queue::max_producers || consumers > Queue::max_consumers) continue;
    for (const std::size_t capacity : {std::size_t{2}, std::size_t{64}}) {
      stress<Queue>(capacity, role(Queue::max_producers, producers), role(Queue::max_consumers, consumers),
                    support::scaled(capacity < 8 ? total / 8 : total) / producers);
    }
  }
}

const auto plain = support::each<support::queues<stamped>>(
    "loses, repeats and reorders nothing under more threads than cores", "[queue][stress]",
    []<class Queue>(support::type<Queue>) { stress_all<Queue>(100'000); });

/// Segments of three and no patience, so that producers lose cells and segments come and go all the time.
using stalled_queues =
    support::concatenated<support::rings_on<stamped, support::stalling_platform, std::uint64_t>,
                          std::tuple<lockfree::mpmc_queue<stamped, support::stalling_platform, 3, 0>>>;
const auto stalled = support::each<stalled_queues>(
    "loses, repeats and reorders nothing when threads are stopped between any two steps", "[queue][stress]",
    []<class Queue>(support::type<Queue>) { stress_all<Queue>(100'000); });

const auto unbounded_stalled = support::each<std::tuple<lockfree::mpsc_queue<stamped, support::stalling_platform>>>(
    "loses, repeats and reorders nothing when threads are stopped between any two steps", "[queue][stress]",
    []<class Queue>(support::type<Queue>) { stress_all<Queue>(100'000); });

/// An element whose move and construction fail now and then, in every thread.
struct fragile {
  explicit fragile(const stamped& from) : value(from) { step(); }
  fragile(fragile&& other) noexcept(false) : value(other.value) { step(); }
  fragile& operator=(fragile&& other) noexcept(false) {
    step();
    value = other.value;
    return *this;
  }
  ~fragile() = default;

  struct thrown {};
  static void step() {
    static std::atomic<std::uint64_t> threads = 2000;
    thread_local support::random random(threads.fetch_add(1, std::memory_order::relaxed));
    if (random.one_in(64)) throw thrown();
  }
  stamped value;
};

const auto throwing = support::each<support::queues<fragile>>(
    "loses only what threw, while elements throw in all threads", "[queue][stress]",
    []<class Queue>(support::type<Queue>) {
      SUPPORT_SHOW_SEED();
      const std::size_t producers = std::min<std::size_t>(Queue::max_producers, 3);
      const std::size_t consumers = std::min<std::size_t>(Queue::max_consumers, 3);
      const std::size_t count = support::scaled(20'000);
      Queue queue = support::made<Queue>(8);
      std::atomic<std::size_t> producing = producers;
      std::atomic<std::size_t> pushed = 0;
      std::atomic<std::size_t> popped = 0;
      std::atomic<std::size_t> lost = 0;
      support::run_threads(producers + consumers, [&](std::size_t i) {
        waiting waiting;
        if (i < producers) {
          for (std::size_t sent = 0; sent < count;) {
            try {
              if (support::emplace(queue, stamped{static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(sent)})) {
                ++sent;
                pushed.fetch_add(1, std::memory_order::relaxed);
                waiting.progress();
              } else {
                waiting.once();
              }
            } catch (const fragile::thrown&) {}
          }
          producing.fetch_sub(1, std::memory_order::release);
          return;
        }
        for (;;) {
          const bool last_look = producing.load(std::memory_order::acquire) == 0;
          try {
            if (const auto element = queue.try_pop()) {
              popped.fetch_add(1, std::memory_order::relaxed);
              waiting.progress();
            } else if (last_look) {
              return;
            } else {
              waiting.once();
            }
          } catch (const fragile::thrown&) {
            lost.fetch_add(1, std::memory_order::relaxed);
          }
        }
      });
      REQUIRE(pushed.load() == producers * count);
      REQUIRE(popped.load() + lost.load() == pushed.load());
      REQUIRE(lost.load() > 0);
      REQUIRE(queue.empty_approx());
    });

/// Takes its argument over, in a constructor that may throw for all that the queue knows; its move does not.
struct taken_over {
  explicit taken_over(std::string&& from) noexcept(false) : text(std::move(from)) {}
  std::string text;
};

template <class Queue>
void refuse_under_race() {
  SUPPORT_SHOW_SEED();
  Queue queue = support::made<Queue>(1);
  const std::string original = "a text that is too long to be kept inside the string object";
  std::atomic<std::size_t> refused = 0;
  std::atomic<std::size_t> touched = 0;
  const std::size_t pairs = std::min<std::size_t>({Queue::max_producers, Queue::max_consumers, 3});
  support::run_threads(2 * pairs, [&](std::size_t i) {
    support::stalls stalls(400 + i);
    for (std::size_t n = 0; n < support::scaled(20'000); ++n) {
      if (i % 2 == 0) {
        std::string text = original;
        if (!queue.try_emplace(std::move(text))) {
          refused.fetch_add(1, std::memory_order::relaxed);
          if (text != original) touched.fetch_add(1, std::memory_order::relaxed);
        }
      } else if (const auto element = queue.try_pop(); element && element->text != original) {
        touched.fetch_add(1, std::memory_order::relaxed);
      }
      stalls.maybe();
    }
  });
  REQUIRE(refused.load() > 0);
  REQUIRE(touched.load() == 0);
}

const auto refuses = support::each<support::bounded_queues<taken_over>>(
    "leaves refused arguments untouched while others push and pop", "[queue][stress]",
    []<class Queue>(support::type<Queue>) { refuse_under_race<Queue>(); });

const auto refuses_stalled = support::each<support::rings_on<taken_over, support::stalling_platform, std::uint64_t>>(
    "leaves refused arguments untouched when threads are stopped between any two steps", "[queue][stress]",
    []<class Queue>(support::type<Queue>) { refuse_under_race<Queue>(); });

}  // namespace
