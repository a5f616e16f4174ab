// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace lockfree::study {

/// The study's report: one HTML page that needs no other file and no network, in UTF-8. Equal studies give equal bytes.
///
/// `study` is what lfstudy writes (schema 1). A section that is absent, null or empty is said to be not measured; a
/// number that is absent or null is shown as a dash. Text from it is escaped wherever it ends up.
/// `verdicts[].ratio` says how many times better the lock-free structure did: its throughput divided by the baseline's,
/// for a latency the baseline's divided by its own. `low` and `high` are its spread.
/// `rival_verdicts`, where given, are like `verdicts`, against other libraries: with a `library`, and "rival" as winner.
/// `throughput[].group`, where given, names the chart that the cell belongs into.
/// A study with `"fixture": true` gets a banner that says its numbers are invented.
///
/// Throws `std::runtime_error` naming the place when the schema is another one or a value has the wrong type.
std::string render_html(const nlohmann::json& study);

}  // namespace lockfree::study
