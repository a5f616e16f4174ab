// SPDX-License-Identifier: Apache-2.0
// An actor: one thread owns the accounts, the others send it messages and wait for the answers. A message is a node of
// the mailbox, so sending never allocates, never fails and never waits; it belongs to its sender again as soon as it is
// answered, and is sent anew.
#include <lockfree/queue/intrusive_mpsc_queue.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <iostream>
#include <thread>
#include <vector>

namespace {

struct message : lockfree::mpsc_queue_hook {
  enum class kind { transfer, stop };
  kind what = kind::transfer;
  std::size_t from = 0;
  std::size_t to = 0;
  long amount = 0;
  bool done = false;                   // the answer
  std::atomic<bool> answered = false;  // the message is its sender's again
};

class bank {
 public:
  static constexpr std::size_t accounts = 4;

  /// Any thread. `order` stays in place until it is answered.
  void send(message& order) {
    order.answered.store(false, std::memory_order::relaxed);  // the mailbox hands it over
    mailbox_.push(order);
  }

  [[nodiscard]] long total() const {
    long sum = 0;
    for (const long each : balances_) sum += each;
    return sum;
  }

  /// The actor's own thread: no lock, no atomic but the mailbox and the answer.
  void run() {
    for (bool running = true; running;) {
      message* const order = mailbox_.try_pop();
      if (order == nullptr) {
        std::this_thread::yield();
        continue;
      }
      running = order->what != message::kind::stop;
      order->done = running && balances_[order->from] >= order->amount;
      if (order->done) {
        balances_[order->from] -= order->amount;
        balances_[order->to] += order->amount;
      }
      order->answered.store(true, std::memory_order::release);  // from here on it may be gone
    }
  }

 private:
  lockfree::intrusive_mpsc_queue<message> mailbox_;
  std::array<long, accounts> balances_{100, 100, 100, 100};
};

void wait_for(const message& order) {
  while (!order.answered.load(std::memory_order::acquire)) std::this_thread::yield();
}

}  // namespace

int main() {
  constexpr int orders = 2'000;
  bank accounts;
  std::jthread actor([&] { accounts.run(); });

  std::array<int, 3> refused{};
  {
    std::vector<std::jthread> customers;
    for (std::size_t customer = 0; customer < refused.size(); ++customer) {
      customers.emplace_back([&, customer] {
        message order;
        for (int i = 0; i < orders; ++i) {
          order.from = (customer + static_cast<std::size_t>(i)) % bank::accounts;
          order.to = (order.from + 1 + static_cast<std::size_t>(i) % 2) % bank::accounts;
          order.amount = 90;
          accounts.send(order);
          wait_for(order);
          if (!order.done) ++refused[customer];
        }
      });
    }
  }
  message stop;
  stop.what = message::kind::stop;
  accounts.send(stop);
  actor.join();

  std::cout << accounts.total() << " in all after " << orders * static_cast<int>(refused.size()) << " orders, "
            << refused[0] + refused[1] + refused[2] << " of them refused\n";
  return accounts.total() == 400 ? 0 : 1;
}
