// make_library FILE COUNT: a library of COUNT videos in the database FILE, for measuring. The same COUNT gives the
// same titles, descriptions and tags; there are no files behind the entries.
//
// Words are drawn as in a language, few often and many seldom. Three are put in on purpose: every video whose number
// ends in 7 is about "madrugada", one in 300 about "girasoles", one in 50,000 about "zanahoria".
#include "db/sqlite/open_sqlite.hpp"
#include "library/videos.hpp"
#include "unit/run.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace vitrina;

namespace {

constexpr int per_transaction = 2'000;

// One video every seven seconds.
class SteadyClock final : public Clock {
public:
    Instant now() const override { return now_; }
    void tick() { now_ += std::chrono::seconds(7); }

private:
    Instant now_{std::chrono::seconds(1'600'000'000)};
};

class Language {
public:
    Language()
    {
        static constexpr const char* syllables[] = {
            "ca",  "me",  "ri",  "to", "la", "sén", "do", "pa", "gua", "lu",  "ñe",  "mi", "cha", "el",  "os", "va",
            "tri", "con", "pre", "za", "bo", "fi",  "ju", "ro", "que", "des", "gón", "ma", "ti",  "ber", "no", "al"};
        std::uniform_int_distribution<std::size_t> any(0, std::size(syllables) - 1);
        std::set<std::string> known;
        while (words_.size() < 20'000) {
            std::string word;
            for (std::size_t length = 1 + any(random_) % 4; length > 0; --length)
                word += syllables[any(random_)];
            if (known.insert(word).second)
                words_.push_back(word);
        }
    }

    // Zipf, by inversion: the n-th word about 1/n as often as the first.
    const std::string& word()
    {
        std::uniform_real_distribution<double> share(0.0, 1.0);
        const double rank = std::pow(static_cast<double>(words_.size()), share(random_)) - 1.0;
        return words_[static_cast<std::size_t>(rank)];
    }

    std::string text(int least, int most)
    {
        std::string text;
        for (int left = std::uniform_int_distribution<int>(least, most)(random_); left > 0; --left)
            text += (text.empty() ? "" : " ") + word();
        return text;
    }

private:
    std::mt19937_64 random_{20260301};
    std::vector<std::string> words_;
};

NewVideo video(Language& language, const Clock& clock, int number)
{
    NewVideo video{.id = VideoId::make(clock.now())};
    video.title = language.text(4, 8);
    video.description = language.text(15, 34);
    if (number % 10 == 7)
        video.description += " de madrugada";
    if (number % 300 == 0)
        video.description += " con girasoles";
    if (number % 50'000 == 0)
        video.title += " Zanahoria";
    for (int i = 0; i < 3; ++i) {
        const std::string& tag = language.word();
        if (std::find(video.tags.begin(), video.tags.end(), tag) == video.tags.end())
            video.tags.push_back(tag);
    }
    video.source_key = "videos/" + video.id.text() + "/none.mp4";
    video.content_type = "video/mp4";
    video.sha256 = std::string(64, '0');
    video.size = 31'000'000;
    return video;
}

MediaFacts facts()
{
    MediaFacts facts;
    facts.container = "mp4";
    facts.content_type = "video/mp4";
    facts.duration = std::chrono::seconds(60);
    facts.width = 1920;
    facts.height = 1080;
    facts.frame_rate = 30;
    facts.video_codec = "h264";
    facts.audio_codec = "aac";
    return facts;
}

Task<> fill(Database& db, SteadyClock& clock, Language& language, int first, int last)
{
    Videos videos(db, clock);
    const MediaFacts known = facts();
    auto transaction = co_await db.begin();
    for (int number = first; number <= last; ++number) {
        clock.tick();
        NewVideo entry = video(language, clock, number);
        const VideoId id = entry.id;
        co_await videos.add(*transaction, std::move(entry));
        co_await videos.mark_facts(*transaction, id, known, "", "");
    }
    co_await transaction->commit();
}

} // namespace

int main(int argc, char** argv)
{
    const int count = argc == 3 ? std::atoi(argv[2]) : 0;
    if (count <= 0) {
        std::fprintf(stderr, "usage: make_library FILE COUNT\n");
        return 2;
    }
    const auto db = open_sqlite(argv[1], {.cache_kib = 262'144, .durable = false});
    SteadyClock clock;
    Language language;
    for (int first = 1; first <= count; first += per_transaction) {
        run(fill(*db, clock, language, first, std::min(count, first + per_transaction - 1)));
        if (first % 100'000 == 1)
            std::fprintf(stderr, "%d of %d\n", first - 1, count);
    }
    return 0;
}
