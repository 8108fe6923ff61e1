#include "cli/doctor_storage.hpp"

#include "storage/store_report.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>

namespace vitrina {
namespace {

namespace json = boost::json;
using enum StoreAbility;
using State = StoreFinding::State;

// What a line of the table is called, and what to say where it is not as it should be.
struct Line {
    StoreAbility ability;
    const char *name, *nombre;
    const char *why, *por_que;
    const char *fix, *arreglo;
    const char *without, *sin; // where the store need not have it: what Vitrina does then
};

const char* const mend = "Make it so in the store, or use another one.";
const char* const arregla = "Configúralo en el almacén, o usa otro.";

constexpr const char* none = "";

const Line& line_of(StoreAbility ability)
{
    static const Line lines[]{
        {reachable, "Reachable", "Accesible", "Without it nothing is uploaded or played.",
         "Sin él no se sube ni se reproduce nada.", "Change what the sentence names.", "Cambia lo que nombra la frase.",
         none, none},
        {access, "Lets this server in", "Deja entrar a este servidor", "Without it the server does not start.",
         "Sin ello el servidor no arranca.", "Change what the sentence names.", "Cambia lo que nombra la frase.", none,
         none},
        {region, "Region", "Región", "Signatures name it.", "Las firmas la nombran.", "Set AWS_REGION to it.",
         "Ponla en AWS_REGION.", none, none},
        {clock, "Its clock is ahead by", "Su reloj adelanta",
         "Requests are signed with the store's time; other programs here are refused.",
         "Las peticiones se firman con la hora del almacén; otros programas de aquí serán rechazados.",
         "Set this machine's clock, with NTP.", "Pon en hora esta máquina, con NTP.", none, none},
        {write, "PUT", "PUT", "Nothing can be uploaded.", "No se puede subir nada.",
         "Allow the key s3:PutObject on the bucket's objects.", "Permite a la clave s3:PutObject en los objetos.", none,
         none},
        {read, "HEAD and GET, with metadata", "HEAD y GET, con metadatos", "Nothing can be played.",
         "No se puede reproducir nada.", "Allow the key s3:GetObject on the bucket's objects.",
         "Permite a la clave s3:GetObject en los objetos.", none, none},
        {range, "GET of a range", "GET de un rango", "Players read videos by ranges.",
         "Los reproductores leen los videos por rangos.", mend, arregla, none, none},
        {list, "Lists objects", "Lista objetos", "The sweep of what no row explains needs it.",
         "Lo necesita la limpieza de lo que ningún registro explica.", "Allow the key s3:ListBucket on the bucket.",
         "Permite a la clave s3:ListBucket en el bucket.", none, none},
        {remove, "DELETE", "DELETE", "What is deleted would stay; see also below vitrina-probe/ in the bucket.",
         "Lo borrado se quedaría; mira también en vitrina-probe/ del bucket.",
         "Allow the key s3:DeleteObject on the bucket's objects.", "Permite a la clave s3:DeleteObject en los objetos.",
         none, none},
        {read_after_write, "What was written or removed is seen at once", "Lo escrito o borrado se ve enseguida",
         "A video that has just been uploaded may be missing for a while.",
         "Un video recién subido puede faltar por un tiempo.", mend, arregla, none, none},
        {damage_refused, "Refuses what was damaged on the way", "Rechaza lo que se dañó en el camino",
         "A bit that changes between here and the store stays unnoticed.",
         "Un bit que cambie entre esta máquina y el almacén pasa inadvertido.", mend, arregla, none, none},
        {conditional_put, "PUT only if there is none", "PUT solo si no existe", none, none, none, none,
         "not needed: no key is written twice", "no hace falta: ninguna clave se escribe dos veces"},
        {conditional_complete, "Completes an upload only if there is none", "Completa una subida solo si no existe",
         none, none, none, none, "not needed: no key is written twice",
         "no hace falta: ninguna clave se escribe dos veces"},
        {multipart, "Multipart uploads", "Subidas por partes", "Videos larger than VITRINA_S3_PART go in parts.",
         "Los videos mayores que VITRINA_S3_PART van por partes.", mend, arregla, none, none},
        {uneven_parts, "Parts of different sizes", "Partes de distinto tamaño", none, none, none, none,
         "not needed: they are sent equal", "no hace falta: se envían iguales"},
        {list_uploads, "Lists unfinished uploads", "Lista subidas sin terminar",
         "Without it no video can be removed for good.", "Sin ello ningún video se puede borrar del todo.",
         "Allow the key s3:ListBucketMultipartUploads on the bucket.",
         "Permite a la clave s3:ListBucketMultipartUploads en el bucket.", none, none},
        {abort_upload, "Aborts uploads", "Cancela subidas", "Parts of uploads that broke off stay, and are paid for.",
         "Las partes de subidas interrumpidas se quedan, y se pagan.",
         "Allow the key s3:AbortMultipartUpload on the bucket's objects.",
         "Permite a la clave s3:AbortMultipartUpload en los objetos.", none, none},
        {presigned, "Presigned addresses", "Direcciones prefirmadas",
         "Players sent to the store are refused there, or anybody is let in.",
         "El almacén rechaza a los reproductores que se le envían, o deja entrar a cualquiera.", mend, arregla,
         "VITRINA_S3_DELIVERY=redirect needs them", "VITRINA_S3_DELIVERY=redirect las necesita"},
        {versions, "Keeps old versions", "Guarda versiones antiguas", "What is deleted stays, and is paid for.",
         "Lo borrado se queda, y se paga.", "Switch versions off, or have a lifecycle rule remove old ones.",
         "Desactiva las versiones, o haz que una regla de ciclo de vida quite las antiguas.", none, none},
        {lifecycle, "A rule aborts uploads that nobody finished", "Una regla cancela subidas que nadie terminó",
         "Videos may vanish that are still listed.", "Pueden desaparecer videos que aún están en la lista.",
         "See that no lifecycle rule removes objects below videos/ and thumbnails/.",
         "Cuida que ninguna regla de ciclo de vida quite objetos de videos/ y thumbnails/.",
         "good to have; Vitrina aborts its own", "conviene; Vitrina cancela las suyas"},
    };
    for (const Line& line : lines)
        if (line.ability == ability)
            return line;
    throw std::logic_error("an ability without a line");
}

const char* mark(State state)
{
    return state == State::good ? "ok  " : state == State::doubtful ? "?   " : "!!  ";
}

const char* word(State state)
{
    return state == State::good ? "ok" : state == State::doubtful ? "warning" : "error";
}

// Letters, not bytes: names in Spanish have accents.
std::string padded(std::string text, std::size_t width)
{
    const auto letters =
        std::size_t(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
    text.append(width - std::min(width, letters), ' ');
    return text;
}

void show(const Console& console, const StoreFinding& finding)
{
    const Line& line = line_of(finding.ability);
    const bool well = finding.state == State::good;
    const std::string name = say(line.name, line.nombre);
    std::string answer = finding.has ? say("yes", "sí") : say("no", "no");
    if (finding.ability == reachable || finding.ability == region || finding.ability == clock)
        answer.clear(); // the detail is the answer
    if (!finding.detail.empty())
        answer += (answer.empty() ? "" : ": ") + finding.detail;
    if (well && !finding.has && *line.without)
        answer += std::string(" (") + say(line.without, line.sin) + ')';
    const std::string why = well ? "" : say(line.why, line.por_que);
    const std::string fix = well ? "" : say(line.fix, line.arreglo);
    if (console.json) {
        print(json::serialize(json::object{{"state", word(finding.state)},
                                           {"what", name + ": " + answer},
                                           {"why", why},
                                           {"fix", fix},
                                           {"ability", id_of(finding.ability)},
                                           {"supported", finding.has}}));
        return;
    }
    constexpr std::size_t column = 46;
    print(mark(finding.state) + padded(name, column) + answer);
    if (!why.empty())
        print("      " + why);
    if (!fix.empty())
        print("      → " + fix);
}

void show_sentence(const Console& console, State state, const std::string& what)
{
    if (console.json)
        print(json::serialize(json::object{{"state", word(state)}, {"what", what}, {"why", ""}, {"fix", ""}}));
    else
        print(mark(state) + what);
}

} // namespace

Exit examine_storage(const Console& console)
{
    if (console.settings.text("S3_BUCKET_NAME").empty()) {
        show_sentence(console, State::good,
                      say("Files are kept on disk; what concerns it is in: vitrina doctor",
                          "Los archivos se guardan en disco; lo que le atañe está en: vitrina doctor"));
        return Exit::done;
    }
    StoreReport report;
    try {
        report = console.around.probe_store(console.settings);
    } catch (const std::exception& error) { // a setting, in a sentence
        show_sentence(console, State::bad, error.what());
        return Exit::failed;
    }
    const bool redirected = console.settings.text("VITRINA_S3_DELIVERY") == "redirect";
    Exit exit = Exit::done;
    for (StoreFinding& finding : report) {
        if (finding.ability == presigned && redirected && !finding.has)
            finding.state = State::bad;
        show(console, finding);
        if (finding.state == State::bad)
            exit = Exit::failed;
    }
    return exit;
}

} // namespace vitrina
