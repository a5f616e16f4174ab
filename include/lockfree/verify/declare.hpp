// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <lockfree/verify/check.hpp>
#include <lockfree/verify/detail/scenario.hpp>
#include <lockfree/verify/linearizable.hpp>
#include <lockfree/verify/plain.hpp>
#include <lockfree/verify/spec.hpp>
#include <lockfree/verify/where.hpp>

/// A check by declaration: an object, its operations, a sequential specification. The scenarios (who calls what) are
/// generated, from small to large and the same for equal seeds; one that fails is made as small as it still fails.
///
///     using ring = verify::made<my_ring<int, verify::platform>, 4>;      // constructed with 4
///     const verify::declare<ring, verify::spec::queue<4>> my_ring_declared{
///         "my_ring", {verify::op::push(), verify::op::pop()}, {.purpose = "..."}};
///
/// An operation of one's own is a name, a callable on the object and its arguments, a role, and where the arguments come
/// from:
///
///     {"push", [](ring& r, int v) { return transfer::push(v, r.try_push(v)); }, verify::role::producer}
///
/// It returns an operation of the specification, with the result in it. The specification may also be an ordinary class
/// with the same members as the object, though sequential: then the callable is generic, runs on both, and both must
/// give the same result (nothing, a bool, a number, or an optional one):
///
///     {"take", [](auto& tickets) { return tickets.take(); }}
namespace lockfree::inline v1::verify {

/// Arguments that are one of these.
template <std::convertible_to<int>... Value>
[[nodiscard]] argument values(Value... choices) {
  return {{static_cast<int>(choices)...}};
}
/// Arguments that no other call of the scenario has, so that loss, duplication and order show.
[[nodiscard]] inline argument fresh() { return {}; }

/// A `T` that is constructed with these.
template <class T, auto... Arguments>
struct made : T {
  made() : T(Arguments...) {}
};

namespace detail {

/// What an operation on an object, or on the ordinary class that specifies it, came to.
struct result {
  enum class kind : std::uint8_t { none, truth, number, nothing };
  kind what = kind::none;
  std::int64_t value = 0;
  friend bool operator==(const result&, const result&) = default;
};

template <class T>
[[nodiscard]] result to_result(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return {result::kind::truth, value ? 1 : 0};
  } else if constexpr (requires { value.has_value(); }) {
    return value.has_value() ? to_result(*value) : result{result::kind::nothing, 0};
  } else {
    static_assert(std::is_integral_v<T> || std::is_enum_v<T>,
                  "an operation that is compared returns nothing, a bool, a number, or an optional one");
    return {result::kind::number, static_cast<std::int64_t>(value)};
  }
}

template <class F>
[[nodiscard]] result result_of(F call) {
  if constexpr (std::is_void_v<decltype(call())>) {
    call();
    return {};
  } else {
    return to_result(call());
  }
}

using arguments = std::array<int, most_arguments>;

/// Calls with as many arguments as it takes.
template <std::size_t Count, class F, class... First>
decltype(auto) call_with(F& call, const arguments& with, First&... first) {
  return [&]<std::size_t... I>(std::index_sequence<I...>)->decltype(auto) { return call(first..., with[I]...); }
  (std::make_index_sequence<Count>{});
}

inline constexpr std::size_t not_callable = most_arguments + 1;

template <class F, class... First>
constexpr std::size_t count_arguments() {
  if constexpr (std::is_invocable_v<F&, First&...>)
    return 0;
  else if constexpr (std::is_invocable_v<F&, First&..., int>)
    return 1;
  else if constexpr (std::is_invocable_v<F&, First&..., int, int>)
    return 2;
  else if constexpr (std::is_invocable_v<F&, First&..., int, int, int>)
    return 3;
  else
    return not_callable;
}

/// A specification of its own operations, as in spec.hpp; otherwise an ordinary class.
template <class Spec>
concept relational = requires {
  typename Spec::operation;
};

/// An ordinary class as a specification: the operation is done again on it.
template <class Spec>
class mirror {
 public:
  struct operation_on_both {
    std::string name;
    std::size_t arguments = 0;
    std::function<result(Spec&, const detail::arguments&)> on_specification;
  };
  struct operation {
    const operation_on_both* what = nullptr;
    detail::arguments with{};
    result came_out;
  };

  bool apply(const operation& o) { return o.what->on_specification(state_, o.with) == o.came_out; }
  static void describe(const operation& o, char* out, std::size_t bytes) {
    std::string text = o.what->name + '(';
    for (std::size_t i = 0; i < o.what->arguments; ++i) text += (i == 0 ? "" : ", ") + std::to_string(o.with[i]);
    text += ')';
    switch (o.came_out.what) {
      case result::kind::none: break;
      case result::kind::truth: text += o.came_out.value != 0 ? " = true" : " = false"; break;
      case result::kind::number: text += " = " + std::to_string(o.came_out.value); break;
      case result::kind::nothing: text += " = nothing";
    }
    std::snprintf(out, bytes, "%s", text.c_str());
  }
  friend bool operator==(const mirror& a, const mirror& b) requires std::equality_comparable<Spec> {
    return a.state_ == b.state_;
  }

 private:
  Spec state_{};
};

template <class Spec>
struct history_of {
  using type = history<mirror<Spec>>;
};
template <relational Spec>
struct history_of<Spec> {
  using type = history<Spec>;
};

/// The object itself, or its member `object`: for one that needs something beside it.
template <class Object>
auto& target(Object& from) {
  if constexpr (requires { from.object; }) {
    return from.object;
  } else {
    return from;
  }
}

/// An operation that spec.hpp knows, not yet for a certain object.
template <class Call>
struct ready_made {
  role who;
  std::vector<argument> from;
};

}  // namespace detail

/// One operation of a declared object.
template <class Object, class Spec>
class operation {
 public:
  using history_type = typename detail::history_of<Spec>::type;

  /// `call` takes the object and up to three numbers, which come from `from`; without it each is fresh. Or it takes the
  /// object, the history and the numbers, and records for itself what it does, at most `records` operations.
  template <class F>
  operation(std::string name, F call, role who = role::any, std::vector<argument> from = {}, unsigned records = 1,
            where at = where::current())
      : facts_{std::move(name), who, std::move(from), records} {
    constexpr std::size_t alone = detail::count_arguments<F, Object>();
    if constexpr (alone != detail::not_callable) {
      facts_.arguments.resize(alone);
      run_ = recorded<alone>(std::move(call), at);
    } else {
      constexpr std::size_t with_history = detail::count_arguments<F, Object, history_type>();
      static_assert(with_history != detail::not_callable,
                    "an operation is callable with the object and up to three numbers, or object, history and numbers");
      facts_.arguments.resize(with_history);
      run_ = [call = std::move(call)](Object& object, history_type& results, const detail::arguments& with) mutable {
        (void)detail::call_with<with_history>(call, with, object, results);
      };
    }
  }

  template <class Call>
  operation(detail::ready_made<Call> from, where at = where::current())
      : operation(Call::name, on_target<Call>(), from.who, std::move(from.from), Call::records, at) {}

  [[nodiscard]] const detail::operation_facts& facts() const { return facts_; }
  void run(Object& object, history_type& results, const detail::arguments& with) const { run_(object, results, with); }

 private:
  template <class Call>
  static auto on_target() {
    static_assert(detail::relational<Spec>, "the operations of verify::op are for the specifications of verify::spec");
    using done = typename Spec::operation;
    if constexpr (Call::records > 1) {
      return [](Object& o, history_type& results) { Call::template call<done>(o, results); };
    } else if constexpr (Call::arguments == 0) {
      return [](Object& o) { return Call::template call<done>(detail::target(o)); };
    } else if constexpr (Call::arguments == 1) {
      return [](Object& o, int a) { return Call::template call<done>(detail::target(o), a); };
    } else if constexpr (Call::arguments == 2) {
      return [](Object& o, int a, int b) { return Call::template call<done>(detail::target(o), a, b); };
    } else {
      return [](Object& o, int a, int b, int c) { return Call::template call<done>(detail::target(o), a, b, c); };
    }
  }

  template <std::size_t Count, class F>
  auto recorded(F call, where at) {
    if constexpr (detail::relational<Spec>) {
      return
          [call = std::move(call), at](Object& object, history_type& results, const detail::arguments& with) mutable {
            results.record([&] { return detail::call_with<Count>(call, with, object); }, at);
          };
    } else {
      static_assert(detail::count_arguments<F, Spec>() == Count, "the callable must run on the specification as well");
      using both = typename detail::mirror<Spec>::operation_on_both;
      const auto what = std::make_shared<both>();
      what->name = facts_.name;
      what->arguments = Count;
      what->on_specification = [call](Spec& state, const detail::arguments& with) mutable {
        return detail::result_of([&]() -> decltype(auto) { return detail::call_with<Count>(call, with, state); });
      };
      return [call = std::move(call), what, at](Object& object, history_type& results,
                                                const detail::arguments& with) mutable {
        results.record(
            [&] {
              return typename detail::mirror<Spec>::operation{
                  what.get(), with,
                  detail::result_of([&]() -> decltype(auto) { return detail::call_with<Count>(call, with, object); })};
            },
            at);
      };
    }
  }

  detail::operation_facts facts_;
  std::function<void(Object&, history_type&, const detail::arguments&)> run_;
};

namespace detail {

template <class Object, class Spec>
struct typed_declaration : declaration {
  std::vector<operation<Object, Spec>> calls;
};

/// The check that a scenario of a declaration is.
template <class Object, class Spec>
class declared_check {
 public:
  static constexpr unsigned threads = 2;  // the scenario says how many

  declared_check() { run(running_program().doing->before); }
  void thread(unsigned index) { run(running_program().doing->threads[index]); }
  void after() {
    run(running_program().doing->after);
    results_.check();
  }

 private:
  void run(const std::vector<call>& calls) {
    const auto& declared = static_cast<const typed_declaration<Object, Spec>&>(*running_program().declared);
    for (const call& each : calls) declared.calls[each.operation].run(object_, results_, each.arguments);
  }

  Object object_;
  typename history_of<Spec>::type results_;
};

}  // namespace detail

/// Registers a check by declaration. `Object` is default-constructible (see `made`); for the operations of `verify::op`
/// it is the structure or has it as its member `object`. `Spec` is one of spec.hpp, one like them, or an ordinary class.
template <class Object, class Spec>
class declare {
 public:
  declare(std::string_view name, std::vector<operation<Object, Spec>> operations, description about = {},
          scenario_options sizes = {}, where at = where::current()) {
    declared_.sizes = std::move(sizes);
    for (const auto& each : operations) declared_.operations.push_back(each.facts());
    declared_.calls = std::move(operations);
    detail::program body = detail::program_of<detail::declared_check<Object, Spec>>();
    body.declared = &declared_;
    detail::add_check(name, std::move(about), body, at);
  }
  declare(const declare&) = delete;
  declare& operator=(const declare&) = delete;

  /// What the engine runs; for tests of one's own specification.
  [[nodiscard]] const detail::declaration& declared() const { return declared_; }

 private:
  detail::typed_declaration<Object, Spec> declared_;
};

/// The usual operations, on members of the usual names.
namespace op {

namespace calls {

template <std::size_t Arguments, unsigned Records = 1>
struct call_of {
  static constexpr std::size_t arguments = Arguments;
  static constexpr unsigned records = Records;
};

struct push : call_of<1> {
  static constexpr const char* name = "push";
  template <class Operation>
  static Operation call(auto& object, int value) {
    if constexpr (requires { object.try_push(value); }) {
      return Operation::push(value, object.try_push(value));
    } else {
      object.push(value);
      return Operation::push(value);
    }
  }
};

struct pop : call_of<0> {
  static constexpr const char* name = "pop";
  template <class Operation>
  static Operation call(auto& object) {
    int out = 0;
    if constexpr (requires { object.try_pop(out); }) {
      const bool done = object.try_pop(out);
      return Operation::pop(done, out);
    } else if constexpr (requires { object.try_pop(); }) {
      const std::optional<int> popped = object.try_pop();
      return Operation::pop(popped.has_value(), popped.value_or(0));
    } else {
      const std::optional<int> popped = object.pop();
      return Operation::pop(popped.has_value(), popped.value_or(0));
    }
  }
};

struct steal : call_of<0> {
  static constexpr const char* name = "steal";
  template <class Operation>
  static Operation call(auto& object) {
    const std::optional<int> stolen = object.steal();
    return Operation::steal(stolen.has_value(), stolen.value_or(0));
  }
};

struct try_steal : call_of<0> {
  static constexpr const char* name = "try_steal";
  template <class Operation>
  static Operation call(auto& object) {
    int out = 0;
    const auto how = object.try_steal(out);
    return Operation::steal(how == decltype(how)::success, out);
  }
};

struct add : call_of<1> {
  static constexpr const char* name = "add";
  template <class Operation>
  static Operation call(auto& object, int amount) {
    object.add(amount);
    return Operation::add(amount);
  }
};

struct value : call_of<0> {
  static constexpr const char* name = "value";
  template <class Operation>
  static Operation call(auto& object) {
    return Operation::read(object.value());
  }
};

struct read : call_of<0> {
  static constexpr const char* name = "read";
  template <class Operation>
  static Operation call(auto& object) {
    return Operation::read(object.read());
  }
};

struct write : call_of<1> {
  static constexpr const char* name = "write";
  template <class Operation>
  static Operation call(auto& object, int value) {
    object.write(value);
    return Operation::write(value);
  }
};

struct compare_exchange : call_of<2> {
  static constexpr const char* name = "compare_exchange";
  template <class Operation>
  static Operation call(auto& object, int expected, int desired) {
    return Operation::compare_exchange(expected, desired, object.compare_exchange(expected, desired));
  }
};

struct insert : call_of<2> {
  static constexpr const char* name = "insert";
  template <class Operation>
  static Operation call(auto& object, int key, int value) {
    return Operation::insert(key, value, object.insert(key, value));
  }
};

struct insert_or_assign : call_of<2> {
  static constexpr const char* name = "insert_or_assign";
  template <class Operation>
  static Operation call(auto& object, int key, int value) {
    return Operation::insert_or_assign(key, value, object.insert_or_assign(key, value));
  }
};

struct find : call_of<1> {
  static constexpr const char* name = "find";
  template <class Operation>
  static Operation call(auto& object, int key) {
    const std::optional<int> found = object.find(key);
    return Operation::find(key, found.has_value(), found.value_or(0));
  }
};

struct contains : call_of<1> {
  static constexpr const char* name = "contains";
  template <class Operation>
  static Operation call(auto& object, int key) {
    return Operation::contains(key, object.contains(key));
  }
};

struct erase : call_of<1> {
  static constexpr const char* name = "erase";
  template <class Operation>
  static Operation call(auto& object, int key) {
    return Operation::erase(key, object.erase(key));
  }
};

struct update : call_of<3> {
  static constexpr const char* name = "update";
  template <class Operation>
  static Operation call(auto& object, int key, int expected, int desired) {
    return Operation::update(key, expected, desired, object.update(key, expected, desired));
  }
};

/// What a lock guards is touched while it is held: if two threads are inside, that is a data race.
struct section : call_of<0, 2> {
  static constexpr const char* name = "section";
  template <class Operation>
  static void call(auto& guarded, auto& results) {
    results.record([&] {
      guarded.object.lock();
      return Operation::lock();
    });
    guarded.inside.set(guarded.inside.get() + 1);
    results.record([&] {
      guarded.object.unlock();
      return Operation::unlock();
    });
  }
};

struct try_section : call_of<0, 2> {
  static constexpr const char* name = "try_section";
  template <class Operation>
  static void call(auto& guarded, auto& results) {
    const auto locked = results.record([&] { return Operation::try_lock(guarded.object.try_lock()); });
    if (!locked.done) return;
    guarded.inside.set(guarded.inside.get() + 1);
    results.record([&] {
      guarded.object.unlock();
      return Operation::unlock();
    });
  }
};

}  // namespace calls

/// `try_push(value)` or `push(value)`, each with a number of its own.
[[nodiscard]] inline detail::ready_made<calls::push> push(role who = role::any) { return {who, {fresh()}}; }
/// `try_pop(out)`, `try_pop()` or `pop()`.
[[nodiscard]] inline detail::ready_made<calls::pop> pop(role who = role::any) { return {who, {}}; }
/// `steal()`.
[[nodiscard]] inline detail::ready_made<calls::steal> steal(role who = role::thief) { return {who, {}}; }
/// `try_steal(out)`, whose `success` counts and whatever else does not.
[[nodiscard]] inline detail::ready_made<calls::try_steal> try_steal(role who = role::thief) { return {who, {}}; }

/// `add(amount)`; no two sums of a few of the default amounts are equal unless the amounts are.
[[nodiscard]] inline detail::ready_made<calls::add> add(role who = role::any, argument amount = values(1, 5, 25)) {
  return {who, {std::move(amount)}};
}
/// `value()`.
[[nodiscard]] inline detail::ready_made<calls::value> value(role who = role::any) { return {who, {}}; }

/// `read()`, `write(value)`, `compare_exchange(expected, desired)`, for `spec::value_register`.
[[nodiscard]] inline detail::ready_made<calls::read> read(role who = role::any) { return {who, {}}; }
[[nodiscard]] inline detail::ready_made<calls::write> write(role who = role::any, argument value = fresh()) {
  return {who, {std::move(value)}};
}
[[nodiscard]] inline detail::ready_made<calls::compare_exchange> compare_exchange(role who = role::any,
                                                                                  argument expected = values(0, 1, 2),
                                                                                  argument desired = values(0, 1, 2)) {
  return {who, {std::move(expected), std::move(desired)}};
}

/// The operations of a map; of few keys, so that calls meet.
[[nodiscard]] inline detail::ready_made<calls::insert> insert(role who = role::any, argument key = values(1, 2)) {
  return {who, {std::move(key), fresh()}};
}
[[nodiscard]] inline detail::ready_made<calls::insert_or_assign> insert_or_assign(role who = role::any,
                                                                                  argument key = values(1, 2)) {
  return {who, {std::move(key), fresh()}};
}
[[nodiscard]] inline detail::ready_made<calls::find> find(role who = role::any, argument key = values(1, 2)) {
  return {who, {std::move(key)}};
}
[[nodiscard]] inline detail::ready_made<calls::contains> contains(role who = role::any, argument key = values(1, 2)) {
  return {who, {std::move(key)}};
}
[[nodiscard]] inline detail::ready_made<calls::erase> erase(role who = role::any, argument key = values(1, 2)) {
  return {who, {std::move(key)}};
}
[[nodiscard]] inline detail::ready_made<calls::update> update(role who = role::any, argument key = values(1, 2),
                                                              argument expected = values(1, 2, 3),
                                                              argument desired = values(1, 2, 3)) {
  return {who, {std::move(key), std::move(expected), std::move(desired)}};
}

/// `lock()`, a look at what it guards, `unlock()`, for `spec::lock` and an object that is `guarded`. Whether a thread is
/// kept out while another is inside shows as a data race; histories alone can't tell, since nothing need order the two.
[[nodiscard]] inline detail::ready_made<calls::section> section(role who = role::any) { return {who, {}}; }
/// The same if `try_lock()` succeeds.
[[nodiscard]] inline detail::ready_made<calls::try_section> try_section(role who = role::any) { return {who, {}}; }

}  // namespace op

/// A lock and what it guards, as the object of a declaration.
template <class Lock>
struct guarded {
  Lock object;
  variable<int> inside{0};
};

}  // namespace lockfree::inline v1::verify
