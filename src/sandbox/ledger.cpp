#include "sandbox/ledger.hpp"

namespace vitrina::sandbox {
namespace {

Post read_post(const Sqlite::Row& row)
{
    Post post;
    std::size_t column = 0;
    for (std::string* text : {&post.network, &post.account, &post.id, &post.kind, &post.title, &post.text,
                              &post.privacy, &post.details, &post.sha256, &post.url, &post.source, &post.failure})
        *text = row[column++];
    post.size = static_cast<std::uint64_t>(to_number(row[column++]));
    for (Instant* instant : {&post.accepted, &post.ready, &post.listed})
        *instant = to_instant(row[column++]);
    if (!row[column].empty())
        post.deleted = to_instant(row[column]);
    return post;
}

constexpr std::string_view columns = "SELECT network, account, id, kind, title, text, privacy, details, sha256, url,"
                                     " source, failure, size, accepted, ready, listed, deleted FROM posts ";

} // namespace

Ledger::Ledger(Sqlite& database) : database_(database)
{
    database_.run("CREATE TABLE IF NOT EXISTS posts (n INTEGER PRIMARY KEY, network TEXT, account TEXT, id TEXT,"
                  " kind TEXT, title TEXT, text TEXT, privacy TEXT, details TEXT, sha256 TEXT, url TEXT, source TEXT,"
                  " failure TEXT, size INTEGER, accepted INTEGER, ready INTEGER, listed INTEGER, deleted INTEGER,"
                  " UNIQUE (network, id))");
}

void Ledger::add(const Post& post)
{
    database_.run("INSERT INTO posts (network, account, id, kind, title, text, privacy, details, sha256, url, source,"
                  " failure, size, accepted, ready, listed) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                  post.network, post.account, post.id, post.kind, post.title, post.text, post.privacy, post.details,
                  post.sha256, post.url, post.source, post.failure, post.size, post.accepted, post.ready, post.listed);
}

std::optional<Post> Ledger::find(std::string_view network, std::string_view id) const
{
    const std::string sql = std::string(columns) + "WHERE network = ? AND id = ?";
    const auto rows = database_.rows(sql, network, id);
    return rows.empty() ? std::nullopt : std::optional(read_post(rows.front()));
}

std::vector<Post> Ledger::list(std::string_view network, std::string_view account) const
{
    const std::string sql =
        std::string(columns) + "WHERE (?1 = '' OR network = ?1) AND (?2 = '' OR account = ?2) ORDER BY n";
    std::vector<Post> posts;
    for (const auto& row : database_.rows(sql, network, account))
        posts.push_back(read_post(row));
    return posts;
}

void Ledger::edit(const Post& post)
{
    database_.run("UPDATE posts SET title = ?, text = ?, privacy = ?, details = ? WHERE network = ? AND id = ?",
                  post.title, post.text, post.privacy, post.details, post.network, post.id);
}

void Ledger::mark_deleted(const Post& post, Instant now)
{
    database_.run("UPDATE posts SET deleted = ? WHERE network = ? AND id = ? AND deleted IS NULL", now, post.network,
                  post.id);
}

} // namespace vitrina::sandbox
