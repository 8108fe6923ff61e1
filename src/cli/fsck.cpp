#include "cli/server_client.hpp"
#include "core/run_task.hpp"
#include "library/check.hpp"
#include "publishing/publications.hpp"
#include "publishing/stranded.hpp"
#include "webhooks/stranded.hpp"

#include <boost/json.hpp>
#include <CLI/CLI.hpp>
#include <set>
#include <utility>

namespace vitrina {
namespace {

namespace json = boost::json;

struct Counts {
    std::uint64_t violations = 0, repaired = 0;
};

// What a person reads of each kind.
std::string in_words(const Violation& violation)
{
    switch (violation.wrong) {
    case Wrong::file_missing: return say("the file is missing", "falta el archivo");
    case Wrong::file_size: return say("the file has another size", "el archivo tiene otro tamaño");
    case Wrong::file_bytes: return say("the file is damaged", "el archivo está dañado");
    case Wrong::file_unexplained: return say("nothing explains this file", "nada explica este archivo");
    case Wrong::object_missing: return say("its file is not known", "su archivo no consta");
    case Wrong::object_orphaned: return say("the file of no entry", "archivo sin entrada");
    case Wrong::job_missing: return say("nobody works on it", "nadie trabaja en ello");
    case Wrong::delete_unfinished: return say("its removal was left", "su borrado quedó a medias");
    case Wrong::words_stale: return say("search does not know it", "la búsqueda no lo conoce");
    }
    return "";
}

void show(const Console& console, std::string_view kind, const std::string& subject, const std::string& words,
          const std::string& what, bool repaired)
{
    if (console.json)
        print(json::serialize(
            json::object{{"violation", kind}, {"subject", subject}, {"what", what}, {"repaired", repaired}}));
    else
        print((repaired ? "ok  " : "!!  ") + subject + ": " + words + " (" + what + ")" +
              (repaired ? say(", mended", ", arreglado") : ""));
}

Task<std::optional<CheckReport>> check(LibraryCheck& library)
{
    CheckReport report = co_await library.run();
    co_return report;
}

// It goes on where it stood: what may have been posted is looked for, not posted again.
Task<bool> set_going(Publications& publications, PublicationId id)
{
    const auto publication = co_await publications.find(id);
    if (!publication)
        co_return false;
    if (publication->removing) {
        const auto removed = co_await publications.remove(id);
        co_return static_cast<bool>(removed);
    }
    const auto retried = co_await publications.retry(id);
    co_return static_cast<bool>(retried);
}

Task<std::optional<Counts>> check_publications(const Console& console, Database& database, Publications& publications,
                                               bool repair)
{
    constexpr int page = 200;
    Counts counts;
    std::string after;
    while (true) {
        const std::vector<PublicationId> stranded = co_await stranded_publications(database, after, page);
        for (const PublicationId id : stranded) {
            const std::string before = std::exchange(after, id.text());
            bool repaired = false;
            if (repair) {
                repaired = co_await set_going(publications, id);
                const auto still = co_await stranded_publications(database, before, 1);
                if (!repaired && (still.empty() || still.front() != id))
                    continue; // somebody was quicker
            }
            ++counts.violations;
            counts.repaired += repaired ? 1 : 0;
            show(console, "publication_stranded", after, say("nobody works on it", "nadie trabaja en ello"),
                 "a publication that is under way has no job", repaired);
        }
        if (stranded.size() < std::size_t(page))
            co_return counts;
    }
}

Task<std::optional<Counts>> check_deliveries(const Console& console, Database& database, JobQueue& queue, bool repair)
{
    constexpr int page = 200;
    Counts counts;
    std::set<WebhookId> going;
    std::string after;
    while (true) {
        const std::vector<StrandedDelivery> stranded = co_await stranded_deliveries(database, after, page);
        for (const StrandedDelivery& delivery : stranded) {
            after = delivery.id.text();
            if (repair && going.insert(delivery.webhook).second) // one job is for all of a webhook's
                co_await set_webhook_going(database, queue, delivery.webhook);
            ++counts.violations;
            counts.repaired += repair ? 1 : 0;
            show(console, "delivery_stranded", after, say("nobody sends it", "nadie lo envía"),
                 "a message to a webhook is due and has no job", repair);
        }
        if (stranded.size() < std::size_t(page))
            co_return counts;
    }
}

Exit fsck(const Console& console, CheckOptions options)
{
    const SystemClock clock;
    const auto database = console.around.open_database(console.settings, SchemaCare::leave_as_it_is);
    const auto store = console.around.open_store(console.settings);
    JobQueue queue(*database, clock);
    Videos videos(*database, clock);
    LibraryCheck library(*database, *store, queue, clock, videos, options, [&console](const Violation& violation) {
        show(console, name(violation.wrong), violation.subject, in_words(violation), violation.what,
             violation.repaired);
    });
    const CheckReport report = *run_task(check(library));
    Publications publications(*database, queue, clock);
    const Counts stranded = *run_task(check_publications(console, *database, publications, options.repair));
    const Counts deliveries = *run_task(check_deliveries(console, *database, queue, options.repair));

    const std::uint64_t violations = report.violations + stranded.violations + deliveries.violations;
    const std::uint64_t repaired = report.repaired + stranded.repaired + deliveries.repaired;
    if (console.json)
        print(json::serialize(json::object{{"videos", report.videos},
                                           {"objects", report.objects},
                                           {"files", report.files},
                                           {"bytes_read", report.bytes_read},
                                           {"unfinished", report.waiting},
                                           {"foreign", report.foreign},
                                           {"violations", violations},
                                           {"repaired", repaired}}));
    else
        print(std::to_string(report.videos) + say(" videos, ", " videos, ") + std::to_string(report.objects) +
              say(" files recorded, ", " archivos registrados, ") + std::to_string(report.files) +
              say(" in the store, ", " en el almacén, ") + std::to_string(violations) +
              say(" violations, ", " errores, ") + std::to_string(repaired) + say(" mended", " arreglados"));
    return violations == repaired ? Exit::done : Exit::failed;
}

} // namespace

void add_fsck(CLI::App& app, Action& action)
{
    auto options = std::make_shared<CheckOptions>();
    auto* command = app.add_subcommand("fsck", say("Prove that entries, files and jobs agree",
                                                   "Comprobar que entradas, archivos y trabajos concuerdan"));
    command->add_flag(
        "--repair", options->repair,
        say("Mend what can be mended without losing anything", "Arreglar lo que se pueda sin perder nada"));
    command->add_flag(
        "--read", options->read,
        say("Read every file through and compare its SHA-256", "Leer cada archivo entero y comparar su SHA-256"));
    command->callback(
        [options, &action] { action = [options](const Console& console) { return fsck(console, *options); }; });
}

} // namespace vitrina
