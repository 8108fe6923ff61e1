#pragma once
#include "api/metric.hpp"

namespace vitrina {

// -1 where there is none.
inline double value_of(const std::vector<Metric>& metrics, std::string_view name, std::string_view labels)
{
    for (const Metric& metric : metrics) {
        for (const Sample& sample : metric.samples) {
            if (metric.name == name && sample.labels == labels)
                return sample.value;
        }
    }
    return -1;
}

} // namespace vitrina
