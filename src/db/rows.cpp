#include "db/database.hpp"

#include <bit>

namespace vitrina {

void Rows::add_real(double value)
{
    cells_.push_back({Cell::real, std::bit_cast<std::int64_t>(value), 0});
}

std::int64_t Row::integer(std::size_t column) const
{
    const Rows::Cell& cell = rows_->cells_.at(first_ + column);
    switch (cell.kind) {
    case Rows::Cell::integer: return cell.value;
    case Rows::Cell::real: return std::int64_t(std::bit_cast<double>(cell.value));
    default: return 0;
    }
}

double Row::real(std::size_t column) const
{
    const Rows::Cell& cell = rows_->cells_.at(first_ + column);
    switch (cell.kind) {
    case Rows::Cell::integer: return double(cell.value);
    case Rows::Cell::real: return std::bit_cast<double>(cell.value);
    default: return 0;
    }
}

std::string_view Row::text(std::size_t column) const
{
    const Rows::Cell& cell = rows_->cells_.at(first_ + column);
    if (cell.kind != Rows::Cell::text)
        return {};
    return std::string_view(rows_->text_).substr(std::size_t(cell.value), cell.length);
}

bool Row::is_null(std::size_t column) const
{
    return rows_->cells_.at(first_ + column).kind == Rows::Cell::null;
}

Value Row::value(std::size_t column) const
{
    switch (rows_->cells_.at(first_ + column).kind) {
    case Rows::Cell::integer: return integer(column);
    case Rows::Cell::real: return real(column);
    case Rows::Cell::text: return std::string(text(column));
    case Rows::Cell::null: break;
    }
    return std::monostate{};
}

} // namespace vitrina
