#include "api/metrics.hpp"

#include "core/log.hpp"
#include "http/method_name.hpp"

#include <algorithm>
#include <charconv>

namespace vitrina {

namespace {

constexpr std::array<std::string_view, 3> type_names{"counter", "gauge", "summary"};

std::string number(double value)
{
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return {digits.data(), end};
}

void append_header(std::string& out, std::string_view name, std::string_view help, std::string_view type)
{
    out += "# HELP ";
    out += name;
    out += ' ';
    out += help;
    out += "\n# TYPE ";
    out += name;
    out += ' ';
    out += type;
    out += '\n';
}

void append_sample(std::string& out, std::string_view name, std::string_view labels, double value)
{
    out += name;
    if (!labels.empty()) {
        out += '{';
        out += labels;
        out += '}';
    }
    out += ' ';
    out += number(value);
    out += '\n';
}

void append(std::string& out, const Metric& metric)
{
    append_header(out, metric.name, metric.help, type_names[std::size_t(metric.type)]);
    const bool is_summary = metric.type == MetricType::summary;
    for (const Sample& sample : metric.samples) {
        append_sample(out, is_summary ? metric.name + "_sum" : metric.name, sample.labels, sample.value);
        if (is_summary)
            append_sample(out, metric.name + "_count", sample.labels, sample.count);
    }
}

// What a source has to say; nothing when it fails: half the numbers are better than none.
Task<std::vector<Metric>> ask(const MetricSource& source)
{
    std::vector<Metric> metrics;
    std::string failure;
    try {
        metrics = co_await source();
    } catch (const std::exception& error) {
        failure = error.what();
    }
    if (!failure.empty())
        log(LogLevel::warn, "metrics: a source failed", {{"error", failure}});
    co_return metrics;
}

} // namespace

void Metrics::count(const Exchange& exchange)
{
    const double seconds = std::chrono::duration<double>(exchange.duration).count();
    const auto bucket = std::size_t(std::ranges::lower_bound(bounds, seconds) - bounds.begin());
    const Method method = exchange.request ? exchange.request->method : Method::get;
    Key key{std::string(exchange.pattern), method, exchange.status / 100};
    const std::lock_guard lock(mutex_);
    Series& series = series_[std::move(key)];
    ++series.buckets[bucket];
    series.sum += seconds;
    series.bytes_in += exchange.bytes_in;
    series.bytes_out += exchange.bytes_out;
}

std::string Metrics::requests_text() const
{
    static constexpr std::string_view durations = "http_server_request_duration_seconds";
    const std::lock_guard lock(mutex_);
    std::string out;
    std::string in_bytes;
    std::string out_bytes;
    append_header(out, durations, "Time from the request's head to the last byte of its answer.", "histogram");
    append_header(in_bytes, "http_server_request_body_bytes_total", "Bytes of request bodies.", "counter");
    append_header(out_bytes, "http_server_response_body_bytes_total", "Bytes of answers.", "counter");
    for (const auto& [key, series] : series_) {
        const auto& [pattern, method, status] = key;
        const std::string route = "route=\"" + (pattern.empty() ? std::string("none") : pattern) + '"';
        const std::string labels =
            route + ",method=\"" + name(method) + "\",status=\"" + std::to_string(status) + "xx\"";
        std::uint64_t cumulated = 0;
        for (std::size_t i = 0; i < series.buckets.size(); ++i) {
            cumulated += series.buckets[i];
            const std::string bound = i < bounds.size() ? number(bounds[i]) : std::string("+Inf");
            append_sample(out, std::string(durations) + "_bucket", labels + ",le=\"" + bound + '"', double(cumulated));
        }
        append_sample(out, std::string(durations) + "_sum", labels, series.sum);
        append_sample(out, std::string(durations) + "_count", labels, double(cumulated));
        if (series.bytes_in > 0)
            append_sample(in_bytes, "http_server_request_body_bytes_total", labels, double(series.bytes_in));
        if (series.bytes_out > 0)
            append_sample(out_bytes, "http_server_response_body_bytes_total", labels, double(series.bytes_out));
    }
    return out + in_bytes + out_bytes;
}

std::vector<Route> Metrics::routes()
{
    return {{Method::get, "/metrics", [this](const Request& r) { return show(r); }, Scope::read}};
}

Task<Response> Metrics::show(const Request&)
{
    std::string text = requests_text();
    for (const MetricSource& source : sources_) {
        const std::vector<Metric> metrics = co_await ask(source);
        for (const Metric& metric : metrics)
            append(text, metric);
    }
    co_return Response(200, "text/plain; version=0.0.4; charset=utf-8", std::move(text));
}

} // namespace vitrina
