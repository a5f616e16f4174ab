// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <new>
#include <type_traits>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/per_thread.hpp>
#include <lockfree/core/spin_wait.hpp>

namespace lockfree::inline v1 {

namespace detail {

/// True once the kernel has agreed to private expedited membarrier for this process. Set by the compiled part before
/// the first heavy fence can run, never unset. Relaxed reads are enough: a reader that sees false pays a full fence.
extern std::atomic<bool> asymmetric_fence_ready;

/// The reclaimer's half of the asymmetric fence; defined in the compiled part.
void heavy_fence() noexcept;

}  // namespace detail

/// The production platform: every name below is the plain thing that the processor offers.
///
/// A structure touches shared memory only through its `Platform` parameter, so that one source runs on the real
/// machine (this type) and under the model checker (`verify::platform`). A platform offers
///
/// | name | meaning |
/// | --- | --- |
/// | `atomic<T>` | as `std::atomic<T>`; orders are always written out |
/// | `plain<T>` | storage for one `T` that the protocol around it must keep race-free; checked under the model |
/// | `fence_seq_cst()` | orders earlier stores before later loads |
/// | `fence_light()`, `fence_heavy()` | one asymmetric fence: light on the frequent side, heavy on the rare side; each pair acts as two `seq_cst` fences |
/// | `revalidated(b)` | is `b`; marks the re-read that a protocol must not drop, so that the audit can drop it |
/// | `spin_wait` | one bounded wait in a retry loop; every retry loop has one |
/// | `allocate`, `deallocate` | memory; tracked under the model (leak, double free, use after free) |
/// | `per_thread<Record>` | one record a thread, owned by an object |
///
/// With this platform all of it compiles to exactly the plain code (tests/zero_cost).
struct std_platform {
  template <class T>
  using atomic = std::atomic<T>;

  /// Storage for one `T`, which may or may not hold an object: the structure constructs and destroys in place.
  /// `write()` announces an access that needs the cell for itself (assign, move from, destroy), `place()` likewise and
  /// is where to construct, `read()` announces one that may run beside other reads.
  template <class T>
  class plain {
   public:
    plain() noexcept = default;
    plain(const plain&) = delete;
    plain& operator=(const plain&) = delete;

    T* place() noexcept { return reinterpret_cast<T*>(bytes_); }
    T* write() noexcept { return std::launder(reinterpret_cast<T*>(bytes_)); }
    const T* read() const noexcept { return std::launder(reinterpret_cast<const T*>(bytes_)); }

   private:
    alignas(T) std::byte bytes_[sizeof(T)];
  };

  static void fence_seq_cst() noexcept { std::atomic_thread_fence(std::memory_order::seq_cst); }

  static void fence_light() noexcept {
    if (detail::asymmetric_fence_ready.load(std::memory_order::relaxed)) [[likely]] {
      std::atomic_signal_fence(std::memory_order::seq_cst);
    } else {
      std::atomic_thread_fence(std::memory_order::seq_cst);
    }
  }
  static void fence_heavy() noexcept { detail::heavy_fence(); }

  static constexpr bool revalidated(bool condition) noexcept { return condition; }

  using spin_wait = lockfree::spin_wait;

  /// Memory for `bytes` bytes at `alignment`. Throws `std::bad_alloc`.
  [[nodiscard]] static void* allocate(std::size_t bytes, std::size_t alignment) {
    if (alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) return ::operator new(bytes);
    return ::operator new(bytes, std::align_val_t(alignment));
  }
  static void deallocate(void* memory, std::size_t /*bytes*/, std::size_t alignment) noexcept {
    if (alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) return ::operator delete(memory);
    ::operator delete(memory, std::align_val_t(alignment));
  }

  template <class Record>
  using per_thread = lockfree::per_thread<Record>;
};

}  // namespace lockfree::inline v1
