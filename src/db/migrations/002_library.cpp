#include "db/migrations/002_library.hpp"

namespace vitrina {

// videos: columns that the sketch has too (docs/compatibility.md) keep their names where they mean the same (duration
// is whole seconds; the exact one is duration_us). seq is the order of creation, and uploaded_at never runs against it,
// so "newest first" and "uploaded between" are walks and ranges of the primary key. title_key is the folded title.
//
// video_documents: the folded text of title, description and tags, apart from the row so that neither makes the
// other slow to read. video_search is its trigram index (external content: the text is stored once), which
// library/search_index.cpp keeps in step: a trigger may not touch a virtual table where the schema is not trusted.
//
// objects: every file in the store, from before its first byte until after its last.
constinit const Migration library_migration{2, "library", R"sql(
CREATE TABLE videos (
    seq                 INTEGER PRIMARY KEY AUTOINCREMENT,
    id                  TEXT    NOT NULL UNIQUE,
    title               TEXT    NOT NULL,
    title_key           TEXT    NOT NULL,
    description         TEXT    NOT NULL DEFAULT '',
    tags                TEXT    NOT NULL DEFAULT '[]',
    status              TEXT    NOT NULL,
    reasons             TEXT    NOT NULL DEFAULT '[]',
    duration            INTEGER NOT NULL DEFAULT 0,
    duration_us         BIGINT  NOT NULL DEFAULT 0,
    width               INTEGER NOT NULL DEFAULT 0,
    height              INTEGER NOT NULL DEFAULT 0,
    rotation            INTEGER NOT NULL DEFAULT 0,
    frame_rate          REAL    NOT NULL DEFAULT 0,
    container           TEXT    NOT NULL DEFAULT '',
    video_codec         TEXT    NOT NULL DEFAULT '',
    audio_codec         TEXT    NOT NULL DEFAULT '',
    file_size           BIGINT  NOT NULL DEFAULT 0,
    content_type        TEXT    NOT NULL DEFAULT '',
    sha256              TEXT    NOT NULL DEFAULT '',
    s3_key              TEXT    NOT NULL,
    thumbnail_s3_key    TEXT    NOT NULL DEFAULT '',
    small_thumbnail_key TEXT    NOT NULL DEFAULT '',
    is_published        INTEGER NOT NULL DEFAULT 0,
    published_platforms TEXT    NOT NULL DEFAULT '[]',
    uploaded_at         BIGINT  NOT NULL,
    changed_at          BIGINT  NOT NULL,
    deleted_at          BIGINT,
    version             INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX videos_by_title ON videos (title_key, uploaded_at) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX videos_by_time ON videos (uploaded_at);
CREATE INDEX videos_by_status ON videos (status, seq);

CREATE TABLE video_tags (
    tag TEXT   NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (tag, seq)
) WITHOUT ROWID;
CREATE INDEX video_tags_by_video ON video_tags (seq);

CREATE TABLE video_documents (
    seq      INTEGER PRIMARY KEY,
    document TEXT NOT NULL
);
CREATE VIRTUAL TABLE video_search USING fts5 (
    document, content = 'video_documents', content_rowid = 'seq', tokenize = 'trigram case_sensitive 1'
);
CREATE TABLE objects (
    key         TEXT   NOT NULL PRIMARY KEY,
    video_id    TEXT   NOT NULL,
    state       TEXT   NOT NULL CHECK (state IN ('pending', 'live', 'deleting', 'stray')),
    size        BIGINT NOT NULL DEFAULT 0,
    sha256      TEXT   NOT NULL DEFAULT '',
    owner       TEXT   NOT NULL DEFAULT '',
    lease_until BIGINT NOT NULL DEFAULT 0,
    created_at  BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX objects_by_video ON objects (video_id);
CREATE INDEX objects_not_live ON objects (state, lease_until) WHERE state <> 'live';
)sql",
                                            R"sql(
-- Only a superuser, or the database's owner since PostgreSQL 13, may create the extension. Without it every search walks
-- the documents; vitrina doctor says so.
DO $$
DECLARE place text;
BEGIN
    BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
    EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN NULL;
    END;
    SELECT n.nspname INTO place FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
     WHERE e.extname = 'pg_trgm';
    IF place IS NOT NULL THEN
        EXECUTE format('CREATE INDEX video_search ON video_documents USING gin (document %I.gin_trgm_ops)', place);
    END IF;
END $$;
)sql"};

} // namespace vitrina
