#include "sandbox/consent.hpp"
#include "sandbox/control.hpp"

namespace vitrina::sandbox {
namespace {

constexpr std::string_view head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Vitrina sandbox</title>
<meta name="viewport" content="width=device-width">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
article { border: 1px solid #8886; border-radius: .5rem; padding: .2rem 1rem; margin: 1rem 0 }
video { width: 100%; max-height: 24rem; background: #000 }
article.deleted { opacity: .5 } code, pre { font-size: 85%; overflow-wrap: anywhere; white-space: pre-wrap }
</style></head><body>
<h1>Vitrina sandbox</h1>
<p><strong>Nothing here is on the real networks.</strong> These are the posts that would have been published; they never
left this machine.</p>
<p lang="es"><strong>Nada de esto está en las redes reales.</strong> Estas son las publicaciones que se habrían hecho; nunca
salieron de esta máquina.</p>
)";

std::string article(const Post& post, bool is_kept)
{
    std::string html = post.deleted ? "<article class=deleted>" : "<article>";
    html += "<h3>" + html_escape(post.title.empty() ? post.text : post.title) + "</h3>";
    html += "<p>" + html_escape(post.network) + " · " + html_escape(post.account) + " · " + html_escape(post.privacy) +
            " · " + rfc3339(post.accepted);
    if (post.deleted)
        html += " · deleted " + rfc3339(*post.deleted);
    html += "</p>";
    if (is_kept)
        html += "<video controls preload=metadata src=\"/videos/" + html_escape(post.sha256) + "\"></video>";
    html += "<p>" + html_escape(post.text) + "</p>";
    html += "<p><code>" + html_escape(post.url) + "</code> (would be its address)<br><code>sha256 " +
            html_escape(post.sha256) + "</code>, " + std::to_string(post.size) + " bytes</p></article>\n";
    return html;
}

} // namespace

std::string ledger_page(const std::vector<Post>& posts, const std::vector<Account>& accounts, const Reach& reach,
                        const std::function<bool(const std::string& sha256)>& is_kept)
{
    std::string html(head);
    html += "<h2>Posts (" + std::to_string(posts.size()) + ")</h2>\n";
    if (posts.empty())
        html += "<p>None yet.</p>\n";
    for (auto post = posts.rbegin(); post != posts.rend(); ++post)
        html += article(*post, is_kept(post->sha256));
    html += "<h2>Test accounts</h2>\n<ul>";
    for (const Account& account : accounts)
        html += "<li>" + html_escape(account.network) + " · " + html_escape(account.name) + "</li>";
    html += "</ul>\n<h2>How to reach it</h2>\n<pre>VITRINA_CONNECT_TO=" + html_escape(reach.connect_to) +
            "\nVITRINA_CA_FILE=" + html_escape(reach.ca_file) + "</pre>\n";
    html += "<p>For tests: <code>/ledger</code>, <code>/requests</code>, <code>/accounts</code>, <code>/faults</code>, "
            "<code>/clock</code>."
            "</p></body></html>\n";
    return html;
}

} // namespace vitrina::sandbox
