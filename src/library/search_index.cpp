#include "library/search_index.hpp"

namespace vitrina {
namespace {

constexpr Sql current{"SELECT document FROM video_documents WHERE seq = $1"};

// The index keeps no text of its own, so it has to be told what it knew.
Task<> forget(Transaction& transaction, std::int64_t seq, std::string document)
{
    static constexpr Sql remove{"INSERT INTO video_search (video_search, rowid, document) VALUES ('delete', $1, $2)",
                                Sql::SqliteOnly{}};
    co_await transaction.run(remove, seq, std::move(document));
}

} // namespace

Task<> index_document(Transaction& transaction, std::int64_t seq, std::string document)
{
    static constexpr Sql put{"INSERT INTO video_documents (seq, document) VALUES ($1, $2) "
                             "ON CONFLICT (seq) DO UPDATE SET document = excluded.document"};
    static constexpr Sql add{"INSERT INTO video_search (rowid, document) VALUES ($1, $2)", Sql::SqliteOnly{}};

    Rows rows = co_await transaction.run(current, seq);
    if (!rows.empty()) {
        std::string known(rows.front().text(0));
        if (known == document)
            co_return;
        co_await forget(transaction, seq, std::move(known));
    }
    co_await transaction.run(put, seq, document);
    co_await transaction.run(add, seq, std::move(document));
}

Task<> unindex_document(Transaction& transaction, std::int64_t seq)
{
    static constexpr Sql remove{"DELETE FROM video_documents WHERE seq = $1"};

    Rows rows = co_await transaction.run(current, seq);
    if (rows.empty())
        co_return;
    std::string known(rows.front().text(0));
    co_await forget(transaction, seq, std::move(known));
    co_await transaction.run(remove, seq);
}

Task<bool> search_is_indexed(Database& database)
{
    static constexpr Sql index{"SELECT 1 FROM sqlite_master WHERE name = 'video_search'",
                               "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('video_search') AND indisvalid"};
    const Rows rows = co_await database.read(index);
    co_return !rows.empty();
}

} // namespace vitrina
