// SPDX-License-Identifier: Apache-2.0
#include "fiber.hpp"

#include <cxxabi.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstring>
#include <new>
#include <vector>

namespace lockfree::inline v1::verify::detail {

namespace {

std::size_t page_bytes() {
  static const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

/// Stacks that no fiber uses. Lowest address of the guard page.
std::vector<std::byte*>& spare_stacks() {
  static std::vector<std::byte*> stacks;
  return stacks;
}
std::vector<std::byte*>& all_stacks() {
  static std::vector<std::byte*> stacks;
  return stacks;
}

std::byte* take_stack() {
  auto& spare = spare_stacks();
  if (!spare.empty()) {
    std::byte* stack = spare.back();
    spare.pop_back();
    return stack;
  }
  void* memory = mmap(nullptr, fiber::stack_bytes + page_bytes(), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory, page_bytes(), PROT_NONE) != 0) throw std::bad_alloc();
  all_stacks().push_back(static_cast<std::byte*>(memory));
  return static_cast<std::byte*>(memory);
}

void* exception_globals() noexcept {
  static void* const globals = abi::__cxa_get_globals();  // of this system thread; all fibers run on it
  return globals;
}

}  // namespace

struct fiber_start {
  void (*body)(void*);
  void* argument;
  std::jmp_buf* at;
  ucontext_t back;

  static inline fiber_start* current = nullptr;

  static void run() {
    void (*const body)(void*) = current->body;
    void* const argument = current->argument;
    if (_setjmp(*current->at) == 0) setcontext(&current->back);
    body(argument);
  }
};

void fiber::create(void (*body)(void*), void* argument) {
  stack_ = take_stack();
  exceptions_ = {};
  fiber_start start{body, argument, &at_, {}};
  fiber_start::current = &start;
  ucontext_t context;
  getcontext(&context);
  context.uc_stack.ss_sp = stack_ + page_bytes();
  context.uc_stack.ss_size = stack_bytes;
  context.uc_link = nullptr;
  makecontext(&context, &fiber_start::run, 0);
  swapcontext(&start.back, &context);
}

void fiber::destroy() noexcept {
  if (stack_ != nullptr) spare_stacks().push_back(stack_);
  stack_ = nullptr;
}

void fiber::resume(fiber& to, fiber& from) noexcept {
  if (&to == &from) return;
  std::memcpy(&from.exceptions_, exception_globals(), sizeof(in_flight));
  std::memcpy(exception_globals(), &to.exceptions_, sizeof(in_flight));
  if (_setjmp(from.at_) == 0) _longjmp(to.at_, 1);
}

bool fiber::guards(const void* address) noexcept {
  for (std::byte* stack : all_stacks()) {
    if (address >= stack && address < stack + page_bytes()) return true;
  }
  return false;
}

}  // namespace lockfree::inline v1::verify::detail
