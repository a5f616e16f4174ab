// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace lockfree::inline v1 {

template <class Record>
class per_thread;

}  // namespace lockfree::inline v1
