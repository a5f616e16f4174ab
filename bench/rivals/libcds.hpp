// SPDX-License-Identifier: Apache-2.0
#pragma once

// libcds 2.3.3, https://github.com/khizmax/libcds. Rings with their default traits; containers on its hazard pointers
// (HP) and dynamic hazard pointers (DHP) as its documentation sets them up, each thread attached once.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stack>
#include <string_view>
#include <tuple>
#include <vector>

#include <cds/container/msqueue.h>
#include <cds/container/treiber_stack.h>
#include <cds/container/vyukov_mpmc_cycle_queue.h>
#include <cds/container/weak_ringbuffer.h>
#include <cds/gc/dhp.h>
#include <cds/gc/hp.h>
#include <cds/init.h>
#ifdef LOCKFREE_BENCH_BOOST_THREAD  // flat combining needs it
#include <cds/container/fcstack.h>
#endif

#include "harness/cpus.hpp"
#include "harness/subjects.hpp"

namespace lockfree::bench::rivals {

struct libcds {
  /// The calling thread is known to libcds as long as one of these lives; they nest.
  class attachment {
   public:
    attachment() {
      static runtime once;
      cds::threading::Manager::attachThread();
    }
    ~attachment() { cds::threading::Manager::detachThread(); }
    attachment(const attachment&) = delete;
    attachment& operator=(const attachment&) = delete;

   private:
    struct runtime {
      runtime() { cds::Initialize(); }
      ~runtime() { cds::Terminate(); }
      // Room for the largest run (see `oversubscribed` in bench/queue.cpp); 100 is libcds's own default.
      cds::gc::HP hazard_pointers{0, std::max<std::size_t>(100, 4 * allowed_cpus().size() + 16)};
      cds::gc::DHP dynamic_hazard_pointers;
    };
  };

  /// `Bounded`: made with a capacity. All of libcds's queues and stacks have `push` and `pop` of this form.
  template <class C, class E, class Name, bool Bounded, std::size_t MaxThreads>
  class flow {
   public:
    static constexpr std::string_view name = Name::text;
    static constexpr std::string_view library = "libcds";
    static constexpr bench::kind kind = bench::kind::rival;
    static constexpr bool bounded = Bounded;
    static constexpr std::size_t max_producers = MaxThreads;
    static constexpr std::size_t max_consumers = MaxThreads;
    using element = E;

    explicit flow(std::size_t capacity) requires Bounded : container_(capacity) {}
    explicit flow(std::size_t /*capacity*/) requires(!Bounded) {}

    class port {
     public:
      port(flow& owner, role) : container_(owner.container_) {}
      bool push(const E& value) { return container_.push(value); }
      bool pop(E& out) { return container_.pop(out); }

     private:
      attachment attached_;
      C& container_;
    };

   private:
    attachment attached_;
    C container_;
  };

  struct weak_ring {
    static constexpr std::string_view text = "WeakRingBuffer";
  };
  struct vyukov {
    static constexpr std::string_view text = "VyukovMPMCCycleQueue";
  };
  struct ms_hp {
    static constexpr std::string_view text = "MSQueue<HP>";
  };
  struct treiber_hp {
    static constexpr std::string_view text = "TreiberStack<HP>";
  };
  struct treiber_dhp {
    static constexpr std::string_view text = "TreiberStack<DHP>";
  };
  struct flat_combining {
    static constexpr std::string_view text = "FCStack";
  };

  template <class E>
  using queues = std::tuple<flow<cds::container::WeakRingBuffer<E>, E, weak_ring, true, 1>,
                            flow<cds::container::VyukovMPMCCycleQueue<E>, E, vyukov, true, unlimited>,
                            flow<cds::container::MSQueue<cds::gc::HP, E>, E, ms_hp, false, unlimited>>;

  template <class E>
  using stacks = std::tuple<
#ifdef LOCKFREE_BENCH_BOOST_THREAD
      flow<cds::container::FCStack<E, std::stack<E, std::vector<E>>>, E, flat_combining, false, unlimited>,
#endif
      flow<cds::container::TreiberStack<cds::gc::HP, E>, E, treiber_hp, false, unlimited>,
      flow<cds::container::TreiberStack<cds::gc::DHP, E>, E, treiber_dhp, false, unlimited>>;

  template <class E>
  using deques = std::tuple<>;

  using counters = std::tuple<>;

  /// A pointer read under a guard that each thread keeps, which is the cheapest that libcds offers.
  template <class GC, class Name, class Node>
  class guarded {
   public:
    static constexpr std::string_view name = Name::text;
    static constexpr std::string_view library = "libcds";
    static constexpr bench::kind kind = bench::kind::rival;

    explicit guarded(std::uint64_t first) : current_(new Node(first)) {}
    ~guarded() {
      delete current_.load(std::memory_order::relaxed);
      GC::force_dispose();
    }

    class port {
     public:
      explicit port(guarded& owner) : current_(owner.current_) {}
      template <class Look>
      void read(Look look) {
        look(*guard_.protect(current_));
        guard_.clear();
      }
      void update(std::uint64_t number) {
        Node* old = current_.exchange(new Node(number), std::memory_order::acq_rel);
        GC::retire(old, static_cast<void (*)(void*)>([](void* node) { delete static_cast<Node*>(node); }));
      }

     private:
      attachment attached_;
      std::atomic<Node*>& current_;
      typename GC::Guard guard_;
    };

   private:
    attachment attached_;
    alignas(cache_line) std::atomic<Node*> current_;
  };

  struct hp_name {
    static constexpr std::string_view text = "HP, kept guard";
  };
  struct dhp_name {
    static constexpr std::string_view text = "DHP, kept guard";
  };
  template <class Node>
  using reclaimers = std::tuple<guarded<cds::gc::HP, hp_name, Node>, guarded<cds::gc::DHP, dhp_name, Node>>;
};

}  // namespace lockfree::bench::rivals
