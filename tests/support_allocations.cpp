// SPDX-License-Identifier: Apache-2.0
#include "support/allocations.hpp"

#include <cstdlib>
#include <new>
#include <thread>

#include "support/catch.hpp"

namespace support {
namespace {

thread_local std::size_t count = 0;
thread_local std::size_t fail_in = 0;  // 0 is never

[[maybe_unused]] void* counted(std::size_t bytes, std::size_t alignment) {
  ++count;
  if (fail_in != 0 && --fail_in == 0) throw std::bad_alloc();
  void* memory = nullptr;
  if (alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
    memory = std::malloc(bytes == 0 ? 1 : bytes);
  } else if (posix_memalign(&memory, alignment, bytes) != 0) {
    memory = nullptr;
  }
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

[[maybe_unused]] void* counted_or_null(std::size_t bytes, std::size_t alignment) noexcept {
  try {
    return counted(bytes, alignment);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace

std::size_t allocations() noexcept { return count; }
failing_new::failing_new(std::size_t at) noexcept { fail_in = at; }
failing_new::~failing_new() { fail_in = 0; }

}  // namespace support

#if !LOCKFREE_TESTS_UNDER_TSAN

// All forms: a sanitizer's own array and nothrow forms would not call these.
void* operator new(std::size_t bytes) { return support::counted(bytes, 0); }
void* operator new[](std::size_t bytes) { return support::counted(bytes, 0); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return support::counted(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return support::counted(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
  return support::counted_or_null(bytes, 0);
}
void* operator new[](std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
  return support::counted_or_null(bytes, 0);
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t& /*tag*/) noexcept {
  return support::counted_or_null(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment, const std::nothrow_t& /*tag*/) noexcept {
  return support::counted_or_null(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*bytes*/) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t /*bytes*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t /*alignment*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*bytes*/, std::align_val_t /*alignment*/) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t /*bytes*/, std::align_val_t /*alignment*/) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t& /*tag*/) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t& /*tag*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t /*alignment*/, const std::nothrow_t& /*tag*/) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t /*alignment*/, const std::nothrow_t& /*tag*/) noexcept {
  std::free(memory);
}

#endif

namespace {

/// Not to be left out by the compiler, as `delete new T` may be.
template <class T>
void make_and_drop() {
  T* volatile made = new T;
  delete made;
}

struct alignas(256) wide {
  char bytes[256];
};

}  // namespace

TEST_CASE("the test program's operator new counts and fails as told, by thread", "[support]") {
  if (!support::counts_allocations) return;
  const std::size_t before = support::allocations();
  make_and_drop<int>();
  make_and_drop<wide>();
  REQUIRE(support::allocations() == before + 2);
  std::size_t in_other = 2;
  std::thread([&] { in_other = support::allocations(); }).join();
  REQUIRE(in_other <= 1);

  bool failed = false;
  {
    const support::failing_new fail(2);
    make_and_drop<int>();
    try {
      make_and_drop<int>();
    } catch (const std::bad_alloc&) {
      failed = true;
    }
    make_and_drop<int>();
  }
  REQUIRE(failed);
  std::size_t runs = 0;
  REQUIRE(support::with_each_allocation_failing([&](auto fail) {
            ++runs;
            (void)fail([] {
              make_and_drop<int>();
              make_and_drop<wide>();
            });
          }) == 2);
  REQUIRE(runs == 3);
}
