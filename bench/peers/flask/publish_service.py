"""The sketch's publish service, which only pretends to publish; it is here so that its set-up is complete."""
import json
import os
from contextlib import closing

import psycopg2
from flask import Flask, jsonify, request
from flask_cors import CORS
from psycopg2.extras import RealDictCursor

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


@app.post("/api/videos/<video_id>/publish")
def publish_video(video_id):
    platforms = request.get_json().get("platforms", [])
    if not platforms:
        return jsonify({"error": "No platforms specified"}), 400
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT published_platforms FROM videos WHERE id = %s", (video_id,))
        row = cursor.fetchone()
        if row is None:
            return jsonify({"error": "Video not found"}), 404
        published = row["published_platforms"] or []
        published += [platform for platform in platforms if platform not in published]
        cursor.execute(
            "UPDATE videos SET is_published = %s, published_platforms = %s, updated_at = CURRENT_TIMESTAMP WHERE id = %s",
            (bool(published), json.dumps(published), video_id),
        )
        connection.commit()
    return jsonify({"message": "Video published successfully"})
