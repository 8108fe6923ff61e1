#pragma once
#include "core/task.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

enum class MetricType { counter, gauge, summary };

struct Sample {
    std::string labels; // `queue="publish_video",state="waiting"`; "" for none. Values are ours, never a client's.
    double value = 0;    // of a summary: all of them together…
    double count = 0;    // …and how many they were
};

// What one part of the program has to say: one metric with its samples.
struct Metric {
    std::string name;
    std::string help;
    MetricType type = MetricType::gauge;
    std::vector<Sample> samples;
};

using MetricSource = std::function<Task<std::vector<Metric>>()>;

Metric counter(std::string name, std::string help, std::vector<Sample> samples);
Metric gauge(std::string name, std::string help, std::vector<Sample> samples);
Metric summary(std::string name, std::string help, std::vector<Sample> samples);

// `platform="youtube"`. Most values are ours; still, what comes from a database is not pasted into a line format
// unseen.
std::string label(std::string_view name, std::string_view value);

} // namespace vitrina
