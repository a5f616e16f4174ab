// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "support/each.hpp"

namespace {

const auto fifo = support::each<support::bounded_queues<int>>("pops in the order of the pushes", "[queue]",
                                                              []<class Queue>(support::type<Queue>) {
                                                                Queue queue(4);
                                                                REQUIRE(queue.try_push(1));
                                                                REQUIRE(queue.try_push(2));
                                                                REQUIRE(queue.try_pop() == std::optional<int>(1));
                                                                REQUIRE(queue.try_pop() == std::optional<int>(2));
                                                                REQUIRE_FALSE(queue.try_pop().has_value());
                                                              });

}  // namespace
