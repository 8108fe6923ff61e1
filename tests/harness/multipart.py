"""multipart/form-data written by hand, so that a test decides about order, headers and every byte."""


class Form:
    def __init__(self, boundary="vitrina-test-boundary"):
        self.boundary = boundary
        self.parts = []

    @property
    def content_type(self):
        return f"multipart/form-data; boundary={self.boundary}"

    def part(self, headers, content):
        self.parts.append((headers, content if isinstance(content, bytes) else content.encode()))
        return self

    def field(self, name, value):
        return self.part([f'Content-Disposition: form-data; name="{name}"'], value)

    def file(self, name, filename, content, content_type="application/octet-stream"):
        # Dart's http package names every file application/octet-stream.
        quoted = filename.replace('"', "%22")
        return self.part(
            [f'Content-Disposition: form-data; name="{name}"; filename="{quoted}"', f"Content-Type: {content_type}"],
            content,
        )

    def head_of(self, headers):
        return ("--" + self.boundary + "\r\n" + "\r\n".join(headers) + "\r\n\r\n").encode()

    def end(self):
        return f"--{self.boundary}--\r\n".encode()

    def body(self):
        return b"".join(self.head_of(headers) + content + b"\r\n" for headers, content in self.parts) + self.end()
