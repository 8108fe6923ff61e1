#include "db/postgres/sketch_triggers.hpp"

#include "db/postgres/locks.hpp"

namespace vitrina {
namespace {

// take_…: what the sketch's side wrote comes into ours. give_…: what we wrote goes out to the sketch's. Whoever crosses
// says so in the setting vitrina.crossing, so that nothing is carried back.
//
// A statement of the sketch's side that writes waits for the same turn as our own writers (locks.hpp), before it locks
// any row: so the order of creation and the dates never run against each other. A transaction of that side which holds
// a row from before may still meet one of ours the other way round; PostgreSQL then ends one of them.
//
// What only C++ can work out (folded text, tag rows, the true size and hash of a file) is left to
// library/adopted_changes, which reads the table adopted_changes.
//
// What a network was told by the sketch is kept apart, in sketch_platforms, and added to what we know ourselves.
constexpr std::string_view functions = R"sql(
CREATE TABLE IF NOT EXISTS vitrina_library.adopted_changes (
    number   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    video_id TEXT COLLATE "C" NOT NULL,
    change   TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS vitrina_library.sketch_platforms (
    video_id TEXT COLLATE "C" NOT NULL,
    platform TEXT NOT NULL,
    PRIMARY KEY (video_id, platform)
);

CREATE OR REPLACE FUNCTION vitrina_library.now_us() RETURNS BIGINT LANGUAGE sql AS
$f$ SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint $f$;

CREATE OR REPLACE FUNCTION vitrina_library.timestamp_of(us BIGINT) RETURNS TIMESTAMP LANGUAGE sql IMMUTABLE AS
$f$ SELECT TIMESTAMP 'epoch' + us * INTERVAL '1 microsecond' $f$;

-- The texts of a JSON array; none of what is not one.
CREATE OR REPLACE FUNCTION vitrina_library.texts_of(list TEXT) RETURNS SETOF TEXT LANGUAGE plpgsql AS $f$
BEGIN
    RETURN QUERY SELECT DISTINCT t FROM json_array_elements_text(list::json) AS t WHERE t IS NOT NULL;
EXCEPTION WHEN data_exception OR invalid_parameter_value OR feature_not_supported THEN
    RETURN;
END $f$;

-- A row for the file, so that it is explained, and removed with its video. Names we would not make ourselves are left.
CREATE OR REPLACE FUNCTION vitrina_library.take_object(video TEXT, key TEXT, bytes BIGINT) RETURNS void LANGUAGE sql AS $f$
    INSERT INTO vitrina_library.objects (key, video_id, state, size, created_at, changed_at)
    SELECT key, video, 'live', bytes, vitrina_library.now_us(), vitrina_library.now_us()
     WHERE key ~ '^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199})*$'
       AND key !~ '\.part$' AND length(key) <= 512
    ON CONFLICT (key) DO UPDATE SET state = 'live', video_id = excluded.video_id, changed_at = excluded.changed_at
     WHERE objects.state = 'stray'
$f$;

-- Rows of the sketch may share a file, a common thumbnail say. It is removed with the last that names it, and not at
-- all when it was a stray that somebody has named since.
CREATE INDEX IF NOT EXISTS videos_by_file ON vitrina_library.videos (s3_key);
CREATE INDEX IF NOT EXISTS videos_by_picture ON vitrina_library.videos (thumbnail_s3_key) WHERE thumbnail_s3_key <> '';
CREATE OR REPLACE FUNCTION vitrina_library.keep_shared() RETURNS trigger LANGUAGE plpgsql AS $f$
DECLARE
    heir TEXT;
BEGIN
    IF NEW.state = 'deleting' AND OLD.state IN ('live', 'stray') THEN
        SELECT id INTO heir FROM
            (SELECT id FROM vitrina_library.videos WHERE s3_key = NEW.key AND deleted_at IS NULL
             UNION ALL
             SELECT id FROM vitrina_library.videos
              WHERE thumbnail_s3_key = NEW.key AND thumbnail_s3_key <> '' AND deleted_at IS NULL) AS who LIMIT 1;
        IF heir IS NOT NULL THEN
            NEW.state := 'live';
            NEW.video_id := heir;
        END IF;
    END IF;
    RETURN NEW;
END $f$;

CREATE OR REPLACE FUNCTION vitrina_library.take_platforms(video TEXT, published BOOLEAN, platforms TEXT) RETURNS void
LANGUAGE sql AS $f$
    DELETE FROM vitrina_library.sketch_platforms WHERE video_id = video;
    INSERT INTO vitrina_library.sketch_platforms
    SELECT video, p FROM vitrina_library.texts_of(platforms) AS p WHERE published
    EXCEPT SELECT video_id, platform FROM vitrina_library.publications WHERE video_id = video AND status = 'published';
$f$;

-- uploaded_at never runs against the order of creation, so a date that is not newer than the newest is moved behind it.
CREATE OR REPLACE FUNCTION vitrina_library.take_video(v @sketch@.videos) RETURNS void LANGUAGE plpgsql AS $f$
DECLARE
    now BIGINT := vitrina_library.now_us();
    said TIMESTAMP := coalesce(v.upload_date, v.created_at);
    written BIGINT := CASE WHEN isfinite(said) THEN (extract(epoch FROM said) * 1000000)::bigint END;
    newest BIGINT := coalesce((SELECT uploaded_at FROM vitrina_library.videos ORDER BY seq DESC LIMIT 1), 0);
    uploaded BIGINT := greatest(least(coalesce(written, now), now), newest + 1);
BEGIN
    PERFORM vitrina_library.take_platforms(v.id::text, v.is_published, v.published_platforms::text);
    INSERT INTO vitrina_library.videos (id, title, title_key, description, tags, status, duration, duration_us, file_size,
                                content_type, s3_key, thumbnail_s3_key, uploaded_at, changed_at)
    VALUES (v.id::text, v.title, lower(v.title), coalesce(v.description, ''), coalesce(v.tags::text, '[]'), 'processing',
            coalesce(v.duration, 0), coalesce(v.duration, 0) * 1000000::bigint, coalesce(v.file_size, 0),
            coalesce(v.content_type, ''), v.s3_key, coalesce(v.thumbnail_s3_key, ''), uploaded, uploaded);
    PERFORM vitrina_library.take_object(v.id::text, v.s3_key, coalesce(v.file_size, 0));
    PERFORM vitrina_library.take_object(v.id::text, v.thumbnail_s3_key, 0);
    INSERT INTO vitrina_library.adopted_changes (video_id, change) VALUES (v.id::text, 'added');
END $f$;

CREATE OR REPLACE FUNCTION vitrina_library.take_turn() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = vitrina_library, pg_temp AS $f$
BEGIN
    PERFORM pg_advisory_xact_lock(@writing_lock@, hashtext('vitrina_library'));
    RETURN NULL;
END $f$;

CREATE OR REPLACE FUNCTION vitrina_library.take_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = vitrina_library, pg_temp AS $f$
BEGIN
    IF current_setting('vitrina.crossing', true) = 'out' THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('vitrina.crossing', 'in', true);
    IF TG_OP = 'INSERT' THEN
        PERFORM take_video(NEW);
    ELSIF TG_OP = 'DELETE' THEN
        UPDATE videos SET status = 'deleted', deleted_at = now_us(), changed_at = now_us(), version = version + 1
         WHERE id = OLD.id::text AND deleted_at IS NULL;
        IF FOUND THEN
            INSERT INTO adopted_changes (video_id, change) VALUES (OLD.id::text, 'deleted');
        END IF;
        DELETE FROM sketch_platforms WHERE video_id = OLD.id::text;
    ELSE
        IF NEW.id <> OLD.id THEN
            RAISE EXCEPTION 'the id of a video cannot be changed: insert a new one and delete the old one';
        END IF;
        IF (NEW.is_published, NEW.published_platforms::text) IS DISTINCT FROM
           (OLD.is_published, OLD.published_platforms::text) THEN
            PERFORM take_platforms(NEW.id::text, NEW.is_published, NEW.published_platforms::text);
            UPDATE videos SET (is_published, published_platforms) = -- ours; the sketch's are added by a trigger
                   (SELECT (count(*) > 0)::integer, coalesce(json_agg(DISTINCT platform)::text, '[]')
                      FROM publications WHERE video_id = NEW.id::text AND status = 'published')
             WHERE id = NEW.id::text AND deleted_at IS NULL;
        END IF;
        UPDATE videos
           SET title = NEW.title, description = coalesce(NEW.description, ''), s3_key = NEW.s3_key,
               tags = CASE WHEN NEW.tags::text IS DISTINCT FROM OLD.tags::text
                           THEN coalesce(NEW.tags::text, '[]') ELSE tags END,
               thumbnail_s3_key = CASE WHEN NEW.thumbnail_s3_key IS DISTINCT FROM OLD.thumbnail_s3_key
                                       THEN coalesce(NEW.thumbnail_s3_key, '') ELSE thumbnail_s3_key END,
               changed_at = greatest(changed_at, now_us()), version = version + 1,
               -- another file: everything about it is found out anew
               status = CASE WHEN NEW.s3_key <> OLD.s3_key THEN 'processing' ELSE status END,
               reasons = CASE WHEN NEW.s3_key <> OLD.s3_key THEN '[]' ELSE reasons END,
               sha256 = CASE WHEN NEW.s3_key <> OLD.s3_key THEN '' ELSE sha256 END
         WHERE id = NEW.id::text AND deleted_at IS NULL;
        IF FOUND THEN
            PERFORM take_object(NEW.id::text, NEW.s3_key, coalesce(NEW.file_size, 0));
            PERFORM take_object(NEW.id::text, NEW.thumbnail_s3_key, 0);
            INSERT INTO adopted_changes (video_id, change) VALUES (NEW.id::text, 'changed');
        END IF;
    END IF;
    PERFORM set_config('vitrina.crossing', '', true);
    RETURN NULL;
END $f$;

CREATE OR REPLACE FUNCTION vitrina_library.refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
    RAISE EXCEPTION 'videos cannot be truncated: delete the rows, so that their files are removed too';
END $f$;

-- Before every write of ours: what the sketch had published stays published.
CREATE OR REPLACE FUNCTION vitrina_library.add_sketch_platforms() RETURNS trigger LANGUAGE plpgsql AS $f$
DECLARE
    all_of_them TEXT;
BEGIN
    IF EXISTS (SELECT FROM vitrina_library.sketch_platforms WHERE video_id = NEW.id) THEN
        SELECT json_agg(p ORDER BY p)::text INTO all_of_them
          FROM (SELECT platform AS p FROM vitrina_library.sketch_platforms WHERE video_id = NEW.id
                UNION SELECT vitrina_library.texts_of(NEW.published_platforms)) AS every;
        NEW.published_platforms := all_of_them;
        NEW.is_published := 1;
    END IF;
    RETURN NEW;
END $f$;

CREATE OR REPLACE FUNCTION vitrina_library.give_video() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = vitrina_library, pg_temp AS $f$
DECLARE
    url TEXT := (SELECT object_url FROM sketch_bridge);
BEGIN
    IF current_setting('vitrina.crossing', true) = 'in' THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('vitrina.crossing', 'out', true);
    IF TG_OP = 'UPDATE' AND NEW.deleted_at IS NULL AND
       (NEW.title, NEW.description, NEW.tags, NEW.duration, NEW.file_size, NEW.content_type, NEW.thumbnail_s3_key,
        NEW.is_published, NEW.published_platforms, NEW.changed_at) IS NOT DISTINCT FROM
       (OLD.title, OLD.description, OLD.tags, OLD.duration, OLD.file_size, OLD.content_type, OLD.thumbnail_s3_key,
        OLD.is_published, OLD.published_platforms, OLD.changed_at) THEN
        NULL; -- of no interest there
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO @sketch@.videos (id, title, description, file_path, s3_url, s3_key, tags, upload_date, duration,
                                     file_size, content_type, is_published, published_platforms, created_at, updated_at)
        VALUES (NEW.id::uuid, left(NEW.title, 255), NEW.description, '', left(url || NEW.s3_key, 500), NEW.s3_key,
                NEW.tags::json, timestamp_of(NEW.uploaded_at), NEW.duration, NEW.file_size,
                left(NEW.content_type, 100), NEW.is_published <> 0, NEW.published_platforms::json,
                timestamp_of(NEW.uploaded_at), timestamp_of(NEW.changed_at));
    ELSIF TG_OP = 'DELETE' OR NEW.deleted_at IS NOT NULL THEN
        DELETE FROM @sketch@.videos WHERE id = OLD.id::uuid;
        DELETE FROM sketch_platforms WHERE video_id = OLD.id;
    ELSE
        UPDATE @sketch@.videos
           SET title = CASE WHEN NEW.title <> OLD.title THEN left(NEW.title, 255) ELSE title END,
               description = CASE WHEN NEW.description <> OLD.description THEN NEW.description ELSE description END,
               tags = CASE WHEN NEW.tags <> OLD.tags THEN NEW.tags::json ELSE tags END,
               duration = CASE WHEN NEW.duration <> OLD.duration THEN NEW.duration ELSE duration END,
               file_size = CASE WHEN NEW.file_size <> OLD.file_size THEN NEW.file_size ELSE file_size END,
               content_type = coalesce(nullif(content_type, ''), left(NEW.content_type, 100)),
               thumbnail_path = CASE WHEN coalesce(thumbnail_s3_key, '') = '' AND NEW.thumbnail_s3_key <> ''
                                     THEN left(url || NEW.thumbnail_s3_key, 500) ELSE thumbnail_path END,
               thumbnail_s3_key = coalesce(nullif(thumbnail_s3_key, ''), nullif(NEW.thumbnail_s3_key, '')),
               is_published = CASE WHEN NEW.is_published <> OLD.is_published
                                   THEN NEW.is_published <> 0 ELSE is_published END,
               published_platforms = CASE WHEN NEW.published_platforms <> OLD.published_platforms
                                          THEN NEW.published_platforms::json ELSE published_platforms END,
               updated_at = CASE WHEN NEW.changed_at <> OLD.changed_at THEN timestamp_of(NEW.changed_at)
                                 ELSE updated_at END
         WHERE id = NEW.id::uuid;
    END IF;
    PERFORM set_config('vitrina.crossing', '', true);
    RETURN NULL;
END $f$;

DROP TRIGGER IF EXISTS vitrina_sketch_platforms ON vitrina_library.videos;
CREATE TRIGGER vitrina_sketch_platforms BEFORE INSERT OR UPDATE ON vitrina_library.videos
    FOR EACH ROW EXECUTE FUNCTION vitrina_library.add_sketch_platforms();
DROP TRIGGER IF EXISTS vitrina_shared ON vitrina_library.objects;
CREATE TRIGGER vitrina_shared BEFORE UPDATE ON vitrina_library.objects
    FOR EACH ROW EXECUTE FUNCTION vitrina_library.keep_shared();
DROP TRIGGER IF EXISTS vitrina_give ON vitrina_library.videos;
CREATE TRIGGER vitrina_give AFTER INSERT OR UPDATE OR DELETE ON vitrina_library.videos
    FOR EACH ROW EXECUTE FUNCTION vitrina_library.give_video();
-- The sketch's table of publications need not be there, or may be somebody else's. Its own rows stay; ours appear among them. What the network was
-- never told yet is 'pending', as there.
DO $do$
BEGIN
    IF (SELECT count(*) FROM pg_attribute a
          JOIN (VALUES ('id', 'uuid'), ('video_id', 'uuid'), ('platform', 'varchar'), ('platform_post_id', 'varchar'),
                       ('published_at', 'timestamp'), ('status', 'varchar')) AS wanted (name, type)
            ON a.attname = wanted.name
          JOIN pg_type t ON t.oid = a.atttypid
                        AND replace(t.typname, 'varchar', 'text') = replace(wanted.type, 'varchar', 'text')
         WHERE a.attrelid = to_regclass(@sketch_literal@ || '.publications') AND NOT a.attisdropped) <> 6 THEN
        RETURN;
    END IF;
    CREATE OR REPLACE FUNCTION vitrina_library.give_publication() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = vitrina_library, pg_temp AS $f$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            DELETE FROM @sketch@.publications WHERE id = OLD.id::uuid;
            RETURN NULL;
        END IF;
        INSERT INTO @sketch@.publications (id, video_id, platform, platform_post_id, published_at, status)
        SELECT NEW.id::uuid, NEW.video_id::uuid, left(NEW.platform, 50), left(NEW.platform_post_id, 255),
               timestamp_of(NEW.published_at),
               CASE WHEN NEW.status IN ('published', 'failed', 'cancelled', 'deleted') THEN NEW.status
                    ELSE 'pending' END
         WHERE EXISTS (SELECT FROM @sketch@.videos WHERE id = NEW.video_id::uuid)
        ON CONFLICT (id) DO UPDATE SET platform_post_id = excluded.platform_post_id,
                                       published_at = excluded.published_at, status = excluded.status;
        RETURN NULL;
    END $f$;
    DROP TRIGGER IF EXISTS vitrina_give ON vitrina_library.publications;
    CREATE TRIGGER vitrina_give AFTER INSERT OR UPDATE OR DELETE ON vitrina_library.publications
        FOR EACH ROW EXECUTE FUNCTION vitrina_library.give_publication();
END $do$;
)sql";

constexpr std::string_view triggers = R"sql(
DROP TRIGGER IF EXISTS vitrina_turn ON @sketch@.videos;
CREATE TRIGGER vitrina_turn BEFORE INSERT OR UPDATE OR DELETE ON @sketch@.videos
    FOR EACH STATEMENT EXECUTE FUNCTION vitrina_library.take_turn();
DROP TRIGGER IF EXISTS vitrina_take ON @sketch@.videos;
CREATE TRIGGER vitrina_take AFTER INSERT OR UPDATE OR DELETE ON @sketch@.videos
    FOR EACH ROW EXECUTE FUNCTION vitrina_library.take_change();
DROP TRIGGER IF EXISTS vitrina_no_truncate ON @sketch@.videos;
CREATE TRIGGER vitrina_no_truncate BEFORE TRUNCATE ON @sketch@.videos
    FOR EACH STATEMENT EXECUTE FUNCTION vitrina_library.refuse_truncate();
)sql";

std::string literal(std::string_view value)
{
    std::string text = "'";
    for (const char c : value)
        text += c == '\'' ? std::string("''") : std::string(1, c);
    return text + "'";
}

std::string filled_in(std::string_view rest, std::string_view schema)
{
    std::string made;
    while (true) {
        const std::size_t at = rest.find('@');
        made += rest.substr(0, at);
        if (at == std::string_view::npos)
            return made;
        rest.remove_prefix(at + 1);
        const std::size_t end = rest.find('@');
        const std::string_view word = rest.substr(0, end);
        made += word == "sketch"           ? std::string(schema)
                : word == "sketch_literal" ? literal(schema)
                                           : std::to_string(writing_lock);
        rest.remove_prefix(end + 1);
    }
}

} // namespace

std::string sketch_functions(std::string_view schema)
{
    return filled_in(functions, schema);
}

std::string sketch_triggers(std::string_view schema)
{
    return filled_in(triggers, schema);
}

} // namespace vitrina
