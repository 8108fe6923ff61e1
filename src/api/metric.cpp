#include "api/metric.hpp"

namespace vitrina {

Metric counter(std::string name, std::string help, std::vector<Sample> samples)
{
    return {std::move(name), std::move(help), MetricType::counter, std::move(samples)};
}

Metric gauge(std::string name, std::string help, std::vector<Sample> samples)
{
    return {std::move(name), std::move(help), MetricType::gauge, std::move(samples)};
}

Metric summary(std::string name, std::string help, std::vector<Sample> samples)
{
    return {std::move(name), std::move(help), MetricType::summary, std::move(samples)};
}

std::string label(std::string_view name, std::string_view value)
{
    std::string text = std::string(name) + "=\"";
    for (const char c : value) {
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        text += plain ? c : '_';
    }
    return text + '"';
}

} // namespace vitrina
