#pragma once
#include "core/fault.hpp"

#include <utility>
#include <variant>

namespace vitrina {

// A value, or the fault that explains why there is none. For what is expected to go wrong; the rest throws.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    Result(Fault fault) : content_(std::in_place_index<1>, std::move(fault)) {}

    explicit operator bool() const { return content_.index() == 0; }
    T& operator*() & { return std::get<0>(content_); }
    const T& operator*() const& { return std::get<0>(content_); }
    T&& operator*() && { return std::get<0>(std::move(content_)); }
    T* operator->() { return &std::get<0>(content_); }
    const T* operator->() const { return &std::get<0>(content_); }
    const Fault& error() const { return std::get<1>(content_); }

private:
    std::variant<T, Fault> content_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Fault fault) : fault_(std::move(fault)) {}

    explicit operator bool() const { return !fault_; }
    const Fault& error() const { return *fault_; }

private:
    std::optional<Fault> fault_;
};

} // namespace vitrina
