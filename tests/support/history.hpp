// SPDX-License-Identifier: Apache-2.0
// What went in and what came out of a structure under stress, checked for loss, duplication and order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace support {

/// An element that says who pushed it and as the how-manyth.
struct stamped {
  std::uint32_t producer = 0;
  std::uint32_t number = 0;
};

/// Looks at what each consumer got, in the order in which it got it. Returns what is wrong, or nothing.
///
/// Without loss or duplication: producer p's numbers 0 … sent[p] - 1 each occur exactly once over all consumers.
/// With `producer_order`: each consumer sees the numbers of any one producer in growing order.
inline std::string check_history(const std::vector<std::uint32_t>& sent,
                                 const std::vector<std::vector<stamped>>& received, bool producer_order) {
  const auto name = [](const stamped& element) {
    return "element " + std::to_string(element.number) + " of producer " + std::to_string(element.producer);
  };
  std::vector<std::vector<std::uint8_t>> seen(sent.size());
  for (std::size_t p = 0; p < sent.size(); ++p) seen[p].resize(sent[p]);
  for (std::size_t c = 0; c < received.size(); ++c) {
    std::vector<std::int64_t> last(sent.size(), -1);
    for (const stamped& element : received[c]) {
      if (element.producer >= sent.size() || element.number >= sent[element.producer]) {
        return "consumer " + std::to_string(c) + " got what nobody pushed: " + name(element);
      }
      if (seen[element.producer][element.number]++ != 0) return "twice: " + name(element);
      auto& before = last[element.producer];
      if (producer_order && element.number < before) {
        return "consumer " + std::to_string(c) + " got " + name(element) + " after number " + std::to_string(before);
      }
      before = element.number;
    }
  }
  for (std::uint32_t p = 0; p < sent.size(); ++p) {
    for (std::uint32_t n = 0; n < sent[p]; ++n) {
      if (seen[p][n] == 0) return "lost: " + name({p, n});
    }
  }
  return {};
}

}  // namespace support
