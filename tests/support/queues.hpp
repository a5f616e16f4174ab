// SPDX-License-Identifier: Apache-2.0
// One way to call bounded and unbounded queues.
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include <lockfree/core/platform.hpp>

#include "support/each.hpp"

namespace support {

/// A queue with room for at least `capacity` elements.
template <class Queue>
Queue made(std::size_t capacity) {
  if constexpr (Queue::bounded) {
    return Queue(capacity);
  } else {
    return Queue();
  }
}

/// `try_push`, or `push`, which always succeeds.
template <class Queue, class Value>
bool push(Queue& queue, Value&& value) {
  if constexpr (Queue::bounded) {
    return queue.try_push(std::forward<Value>(value));
  } else {
    queue.push(std::forward<Value>(value));
    return true;
  }
}

template <class Queue, class... Args>
bool emplace(Queue& queue, Args&&... args) {
  if constexpr (Queue::bounded) {
    return queue.try_emplace(std::forward<Args>(args)...);
  } else {
    queue.emplace(std::forward<Args>(args)...);
    return true;
  }
}

/// `try_push_n`, or `push_n`, which pushes all.
template <class Queue, class It>
std::size_t push_n(Queue& queue, It first, std::size_t n) {
  if constexpr (Queue::bounded) {
    return queue.try_push_n(first, n);
  } else {
    queue.push_n(first, n);
    return n;
  }
}

/// Number of elements that fit, or `otherwise` for an unbounded queue.
template <class Queue>
std::size_t room(const Queue& queue, std::size_t otherwise) {
  if constexpr (Queue::bounded) {
    return queue.capacity();
  } else {
    return otherwise;
  }
}

namespace detail {

/// The same structure with another platform and index type, where it has these parameters.
template <class S, class Platform, class Index>
struct rebound {
  using result = std::tuple<>;
};
template <template <class, class, class> class S, class T, class Platform, class Index>
struct rebound<S<T, lockfree::std_platform, std::uint64_t>, Platform, Index> {
  using result = std::tuple<S<T, Platform, Index>>;
};

template <class Tuple, class Platform, class Index>
struct all_rebound;
template <class... S, class Platform, class Index>
struct all_rebound<std::tuple<S...>, Platform, Index> {
  using result = decltype(std::tuple_cat(
      std::declval<typename pointers<typename rebound<S, Platform, Index>::result>::result>()...));
};

}  // namespace detail

/// The rings among the queues of the catalogue, on another platform and with another index type.
template <class T, class Platform, class Index>
using rings_on = typename detail::pointed<typename detail::all_rebound<queues<T>, Platform, Index>::result>::result;

}  // namespace support
