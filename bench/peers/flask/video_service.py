"""The sketch's video service (docs/compatibility.md): Flask, a new PostgreSQL connection for each request, ILIKE over
three columns.

It is its code written out cleanly. Changed: columns are read by name (it read the wrong ones and failed), JSON columns
are not parsed twice, and files go to a directory instead of a bucket, which favours it, unless S3_ENDPOINT names a store.
"""
import json
import os
import shutil
import uuid
from contextlib import closing
from pathlib import Path

import psycopg2
from flask import Flask, jsonify, request
from flask_cors import CORS
from psycopg2.extras import RealDictCursor

STORE = Path(os.environ["STORE"])
LIST = """SELECT id, title, description, s3_url, thumbnail_path, tags, upload_date, duration, is_published,
                 published_platforms FROM videos"""

app = Flask(__name__)
CORS(app)


def connect():
    return psycopg2.connect(
        host=os.environ["DB_HOST"],
        port=os.environ["DB_PORT"],
        dbname=os.environ["DB_NAME"],
        user=os.environ["DB_USER"],
        cursor_factory=RealDictCursor,
    )


def described(row):
    return {
        "id": str(row["id"]),
        "title": row["title"],
        "description": row["description"] or "",
        "file_path": row["s3_url"] or "",
        "s3_url": row["s3_url"],
        "thumbnail_path": row["thumbnail_path"] or "",
        "tags": row["tags"] or [],
        "upload_date": row["upload_date"].isoformat(),
        "duration": row["duration"],
        "is_published": row["is_published"],
        "published_platforms": row["published_platforms"] or [],
    }


def bucket():
    import boto3

    return boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT"])


def store(file, key):
    if "S3_ENDPOINT" in os.environ:
        bucket().upload_fileobj(file.stream, os.environ["S3_BUCKET_NAME"], key, ExtraArgs={"ContentType": file.content_type})
        return
    path = STORE / key
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as stored:
        shutil.copyfileobj(file.stream, stored, 1024 * 1024)


@app.get("/health")
def health():
    return jsonify({"status": "healthy"})


@app.get("/api/videos")
def list_videos():
    search = request.args.get("search", "")
    query, parameters = LIST, []
    if search:
        query += " WHERE title ILIKE %s OR description ILIKE %s OR tags::text ILIKE %s"
        parameters = [f"%{search}%"] * 3
    query += " ORDER BY title ASC" if request.args.get("sort_by") == "title" else " ORDER BY upload_date DESC"
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return jsonify([described(row) for row in cursor.fetchall()])


@app.post("/api/videos/upload")
def upload_video():
    if "video" not in request.files:
        return jsonify({"error": "No video file provided"}), 400
    title = request.form.get("title", "")
    if not title:
        return jsonify({"error": "Title is required"}), 400
    file = request.files["video"]
    video_id = str(uuid.uuid4())
    key = f"videos/{video_id}.{file.filename.rsplit('.', 1)[-1]}"
    store(file, key)
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO videos (id, title, description, s3_url, s3_key, tags, content_type)
               VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING *""",
            (video_id, title, request.form.get("description", ""), f"{request.host_url}{key}", key,
             json.dumps(json.loads(request.form.get("tags", "[]"))), file.content_type),
        )  # fmt: skip
        row = cursor.fetchone()
        connection.commit()
    return jsonify(described(row)), 201


@app.delete("/api/videos/<video_id>")
def delete_video(video_id):
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM videos WHERE id = %s RETURNING s3_key", (video_id,))
        row = cursor.fetchone()
        if row is None:
            return jsonify({"error": "Video not found"}), 404
        connection.commit()
    if "S3_ENDPOINT" in os.environ:
        bucket().delete_object(Bucket=os.environ["S3_BUCKET_NAME"], Key=row["s3_key"])
    else:
        (STORE / row["s3_key"]).unlink(missing_ok=True)
    return jsonify({"message": "Video deleted successfully"})
