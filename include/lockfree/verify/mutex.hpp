// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lockfree/verify/detail/engine.hpp>
#include <lockfree/verify/where.hpp>

namespace lockfree::inline v1::verify {

/// `std::mutex` under the model. Locking twice, unlocking what one does not own and destroying it locked are violations;
/// so is a deadlock.
class mutex {
 public:
  mutex() noexcept { detail::mutex_construct(handle_); }
  ~mutex() { detail::mutex_destroy(handle_); }
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  void lock(where at = where::current()) noexcept { detail::mutex_lock(handle_, at); }
  [[nodiscard]] bool try_lock(where at = where::current()) noexcept { return detail::mutex_try_lock(handle_, at); }
  void unlock(where at = where::current()) noexcept { detail::mutex_unlock(handle_, at); }

 private:
  detail::mutex_handle handle_;
};

}  // namespace lockfree::inline v1::verify
