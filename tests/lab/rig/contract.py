"""A proxy that holds each request and each answer against the contract."""

import http.client
import http.server
import json
import re
import threading
from urllib.parse import urlsplit

import jsonschema_rs

METHODS = ("get", "post", "put")


class Contract:
    """The operations of an OpenAPI document with the schemas of what goes to and fro."""

    def __init__(self, document):
        self.document = document
        self.operations = []
        for path, item in document["paths"].items():
            pattern = re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", path) + "$")
            for method in METHODS:
                if method in item:
                    self.operations.append((method, pattern, item[method]))

    def operation(self, method, path):
        """What the contract says of a call; `None` where it knows no such call."""
        for known, pattern, operation in self.operations:
            if known == method.lower() and pattern.match(path):
                return operation
        return None

    def complaints(self, schema, body, strict):
        """What is wrong with a body. `strict`: keys that the contract does not name are wrong too."""
        try:
            value = json.loads(body)
        except ValueError as error:
            return [f"no JSON: {error}"]
        whole = {**schema, "components": self.document["components"]}
        validator = jsonschema_rs.validator_for(whole, validate_formats=True)
        found = [f"{'/'.join(map(str, error.instance_path))}: {error.message}"
                 for error in validator.iter_errors(value)]
        if strict:
            found += [f"unknown key {key}" for key in self._unknown(schema, value, "")]
        return found

    def _resolved(self, schema):
        while "$ref" in schema:
            node = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                node = node[part]
            schema = node
        return schema

    def _unknown(self, schema, value, path):
        schema = self._resolved(schema)
        if isinstance(value, dict) and "properties" in schema:
            for key, inner in value.items():
                if key not in schema["properties"]:
                    yield f"{path}.{key}"
                else:
                    yield from self._unknown(schema["properties"][key], inner, f"{path}.{key}")
        elif isinstance(value, list) and "items" in schema:
            for inner in value:
                yield from self._unknown(schema["items"], inner, f"{path}[]")


class Proxy:
    """Stands before a server; remembers what was said and what was wrong with it."""

    def __init__(self, contract, upstream):
        self.contract = contract
        self.upstream = urlsplit(upstream)
        self.seen = []
        self.wrong = []
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """One connection."""

            def handle_any(self):
                """Passes a call on and holds both sides against the contract."""
                length = int(self.headers.get("Content-Length") or 0)
                proxy.exchange(self, self.rfile.read(length))

            do_GET = do_POST = do_PUT = handle_any

            def log_message(self, *_args):
                """Nothing is logged."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def exchange(self, handler, body):
        """One call."""
        path = urlsplit(handler.path).path
        operation = self.contract.operation(handler.command, path)
        name = operation["operationId"] if operation else f"{handler.command} {path}"
        if operation is None:
            self.wrong.append(f"{name}: not in the contract")
        elif "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            self._note(f"{name} request", self.contract.complaints(schema, body, True))
        upstream = http.client.HTTPConnection(self.upstream.hostname, self.upstream.port)
        upstream.request(handler.command, handler.path, body or None, {
            "Authorization": handler.headers.get("Authorization", ""),
            "Content-Type": handler.headers.get("Content-Type", "application/json")})
        try:
            answer = upstream.getresponse()
        except http.client.RemoteDisconnected:
            # A lost answer, as ordered: lost for the till as well.
            handler.close_connection = True
            return
        said = answer.read()
        self.seen.append((name, answer.status))
        if operation is not None:
            self._check(name, operation, answer.status, said)
        handler.send_response(answer.status)
        handler.send_header("Content-Type", answer.getheader("Content-Type") or "")
        handler.send_header("Content-Length", str(len(said)))
        handler.end_headers()
        handler.wfile.write(said)

    def _check(self, name, operation, status, said):
        answer = operation["responses"].get(str(status))
        if answer is None:
            self.wrong.append(f"{name}: status {status} is not in the contract")
            return
        if "$ref" in answer:
            answer = self.contract.document["components"]["responses"]["Error"]
        schema = answer["content"]["application/json"]["schema"]
        self._note(f"{name} answer {status}", self.contract.complaints(schema, said, False))

    def _note(self, name, complaints):
        self.wrong += [f"{name}: {complaint}" for complaint in complaints]
