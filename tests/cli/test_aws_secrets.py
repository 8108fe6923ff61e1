"""Secrets that AWS keeps, from the settings to the request: credentials of a container, Secrets Manager, what is said
when it does not work. Both are stand-ins; src/aws has the tests of what they may answer."""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness import s3
from harness.process import clean_environment, run_command

KEYS = {"AccessKeyId": "ASIACONTAINER", "SecretAccessKey": "container/secret", "Token": "container+token",
        "Expiration": "2035-01-01T00:00:00Z"}


class Aws(ThreadingHTTPServer):
    """Gives keys to whoever shows the container's token, and secrets to whoever signs with these keys."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), AwsRequest)
        self.secrets = {}
        self.seen = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def settings(self):
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{self.url}/keys",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "of-the-container",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": "eu-west-1",
        }


class AwsRequest(BaseHTTPRequestHandler):
    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        allowed = self.headers["Authorization"] == "of-the-container" and self.path == "/keys"
        self.answer(*((200, KEYS) if allowed else (403, {"code": "AccessDenied"})))

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["SecretId"]
        self.server.seen.append(asked)
        signed = self.headers["Authorization"]
        if ("Credential=ASIACONTAINER/" not in signed or "/eu-west-1/secretsmanager/aws4_request" not in signed
                or self.headers["x-amz-security-token"] != KEYS["Token"] or "x-amz-security-token" not in signed):
            self.answer(400, {"__type": "UnrecognizedClientException"})
        elif asked not in self.server.secrets:
            self.answer(400, {"__type": "ResourceNotFoundException"})
        else:
            self.answer(200, {"SecretString": self.server.secrets[asked]})

    def log_message(self, *_):
        pass


@pytest.fixture
def aws():
    server = Aws()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def refused(tmp_path):
    """Why a server does not start."""

    def run(**environment):
        result = run_command("serve", "--listen", "127.0.0.1:0", "--publish-listen", "127.0.0.1:0",
                             environment=clean_environment(tmp_path) | environment, directory=tmp_path, check=False)
        assert result.returncode != 0
        assert "container/secret" not in result.stderr and "container+token" not in result.stderr
        return result.stderr

    return run


@pytest.mark.skipif(s3.WANTED, reason="one set of AWS credentials serves both, and these here are the store's")
def test_a_key_that_secrets_manager_keeps_is_read_at_the_start(make_vitrina, aws):
    aws.secrets["vitrina/key"] = json.dumps({"vault": "a key of more than sixteen characters"})
    server = make_vitrina(environment=aws.settings() | {"VITRINA_SECRET_KEY_SECRET": "vitrina/key#vault"})
    assert aws.seen == ["vitrina/key"]
    assert not list(server.directory.rglob("secret.key"))


def test_what_does_not_work_is_said_with_the_setting(refused, aws):
    key = {"VITRINA_SECRET_KEY_SECRET": "vitrina/key"}
    assert "has no secret vitrina/key in eu-west-1: see VITRINA_SECRET_KEY_SECRET" in refused(**aws.settings(), **key)
    assert "keep one of them" in refused(**aws.settings(), **key, VITRINA_SECRET_KEY="more than sixteen characters")
    wrong_token = aws.settings() | {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "of-another"}
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" in refused(**wrong_token, **key)
    nothing = refused(**key, AWS_EC2_METADATA_DISABLED="true")
    assert "No AWS credentials were found" in nothing and "AWS_ACCESS_KEY_ID" in nothing


def test_the_database_password_and_the_bucket_use_the_same_credentials(refused, aws):
    aws.secrets["db"] = json.dumps({"password": "p"})
    database = aws.settings() | {"DB_HOST": "/nowhere", "DB_NAME": "v", "DB_PASSWORD_SECRET": "db"}
    assert "names no user" in refused(**database)
    aws.secrets["db"] = json.dumps({"username": "u", "password": "p"})
    assert "PostgreSQL cannot be reached" in refused(**database)
    assert aws.seen == ["db", "db"]
    bucket = {"S3_BUCKET_NAME": "videos", "AWS_EC2_METADATA_DISABLED": "true"}
    assert "No AWS credentials were found" in refused(**bucket)
    assert "VITRINA_S3_SSE is not aws:kms" in refused(**bucket, AWS_ACCESS_KEY_ID="A", AWS_SECRET_ACCESS_KEY="b",
                                                      VITRINA_S3_SSE="AES256", VITRINA_S3_SSE_KMS_KEY="k")
