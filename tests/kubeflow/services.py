"""What driver and launcher talk to in a cluster, as far as they do.

ML Metadata is the real one behind a gRPC server; S3 is moto's; the cache keeps what it is sent; the
Kubernetes API knows the store's secret and place.
"""

import base64
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import ExitStack, contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import requests
from ml_metadata import MetadataStore, proto
from ml_metadata.metadata_store.pywrap.metadata_store_extension import metadata_store as native

from tests.json_api import JsonHandler
from tests.patience import PATIENCE

BUCKET, NAMESPACE, SECRET = "mlpipeline", "kubeflow", "mlpipeline-minio-artifact"
KEYS = {"accesskey": "minio", "secretkey": "minio123"}


class Services(NamedTuple):
    """Where they listen."""

    environment: dict[str, str]  # of driver and launcher, as Kubernetes would set it
    addresses: dict[str, str]  # options that name them in later versions
    account: Path  # the folder of the pod's service account
    store: MetadataStore
    cached: list[bytes]  # tasks, as the launcher sent them
    s3: str


@contextmanager
def serve(folder: Path) -> Iterator[Services]:
    """Starts them all.

    Args:
        folder: An empty folder.

    Yields:
        Where they are.
    """
    with ExitStack() as stack:
        s3_port = stack.enter_context(_s3())
        configuration = proto.ConnectionConfig()
        configuration.sqlite.filename_uri = str(folder / "metadata.db")
        store = MetadataStore(configuration)
        metadata = stack.enter_context(_grpc(_metadata(store)))
        cached: list[bytes] = []
        cache = stack.enter_context(_grpc(_cache(cached)))
        account = folder / "account"
        account.mkdir()
        cluster = stack.enter_context(_kubernetes(account, s3_port))
        environment = {
            "KUBERNETES_SERVICE_HOST": "127.0.0.1",
            "KUBERNETES_SERVICE_PORT": str(cluster),
            "METADATA_GRPC_SERVICE_SERVICE_HOST": "127.0.0.1",
            "METADATA_GRPC_SERVICE_SERVICE_PORT": str(metadata),
            "METADATA_GRPC_SERVICE_HOST": "127.0.0.1",
            "METADATA_GRPC_SERVICE_PORT": str(metadata),
            "ML_PIPELINE_SERVICE_HOST": "127.0.0.1",
            "ML_PIPELINE_SERVICE_PORT_GRPC": str(cache),
            "KFP_POD_NAME": "pod",
            "KFP_POD_UID": "uid",
            "NO_PROXY": "127.0.0.1",
        }
        addresses = {
            "--mlmd_server_address": "127.0.0.1",
            "--mlmd_server_port": str(metadata),
            "--ml_pipeline_server_address": "127.0.0.1",
            "--ml_pipeline_server_port": str(cache),
        }
        yield Services(
            environment, addresses, account, store, cached, f"http://127.0.0.1:{s3_port}"
        )


@contextmanager
def _s3() -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(["moto_server", "-p", str(port)], stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + PATIENCE
            while True:
                try:
                    requests.put(f"{url}/{BUCKET}", timeout=PATIENCE).raise_for_status()
                    break
                except requests.ConnectionError:
                    assert process.poll() is None, "moto_server ended"
                    assert time.monotonic() < until, "moto_server does not answer"
                    time.sleep(0.1)
            yield port
        finally:
            process.terminate()


Answer = Callable[[str, bytes], bytes]


class _Handler(grpc.GenericRpcHandler):
    """Answers every call by its name and bytes."""

    def __init__(self, answer: Answer):
        self._answer = answer

    def service(self, details: Any) -> grpc.RpcMethodHandler:
        name = details.method.rpartition("/")[2]

        def respond(request: bytes, context: grpc.ServicerContext) -> bytes:
            try:
                return self._answer(name, request)
            except _Refused as refused:
                context.abort(*refused.args)
                raise

        return grpc.unary_unary_rpc_method_handler(respond)


class _Refused(Exception):
    """With status and message."""


@contextmanager
def _grpc(answer: Answer) -> Iterator[int]:
    server = grpc.server(futures.ThreadPoolExecutor(1), handlers=[_Handler(answer)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()


def _metadata(store: MetadataStore) -> Answer:
    codes = {code.value[0]: code for code in grpc.StatusCode}

    def answer(name: str, request: bytes) -> bytes:
        response, message, code = getattr(native, name)(store._metadata_store, request)
        if code:
            raise _Refused(codes[code], message.decode(errors="replace"))
        return bytes(response)

    return answer


def _cache(tasks: list[bytes]) -> Answer:
    """Tasks as they come: a request to keep one and an answer with one have the same bytes."""

    def answer(name: str, request: bytes) -> bytes:
        if name.startswith("CreateTask"):
            tasks.append(request)
            return b""
        wanted = [task for task in tasks if _fingerprint(task) in request]
        return wanted[-1] if wanted else b""

    return answer


def _fingerprint(task: bytes) -> bytes:
    """64 hexadecimal digits, the one such field."""
    digits = b"0123456789abcdef"
    for start in range(len(task) - 63):
        if all(letter in digits for letter in task[start : start + 64]):
            return task[start : start + 64]
    raise ValueError("a task without a fingerprint")


class _Kubernetes(JsonHandler):
    server: "_Cluster"

    def do_GET(self) -> None:  # noqa: N802 - http.server names it
        if found := self.server.objects.get(self.path):
            self.answer({"apiVersion": "v1", **found})
            return
        status = {"kind": "Status", "apiVersion": "v1", "reason": "NotFound", "code": 404}
        text = json.dumps({**status, "status": "Failure"}).encode()
        self.send_response(404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class _Cluster(ThreadingHTTPServer):
    """A secret and where the store is, as an administrator of Kubeflow says it."""

    def __init__(self, s3_port: int):
        super().__init__(("127.0.0.1", 0), _Kubernetes)
        keys = {key: base64.b64encode(value.encode()).decode() for key, value in KEYS.items()}
        reference = {"secretName": SECRET, "accessKeyKey": "accesskey", "secretKeyKey": "secretkey"}
        store = {"endpoint": f"127.0.0.1:{s3_port}", "disableSSL": True, "region": "minio"}
        store["credentials"] = {"fromEnv": False, "secretRef": reference}
        place = f"/api/v1/namespaces/{NAMESPACE}"
        self.objects: dict[str, Any] = {
            f"{place}/secrets/{SECRET}": {"kind": "Secret", "data": keys},
            f"{place}/configmaps/kfp-launcher": {
                "kind": "ConfigMap",
                "data": {"providers": json.dumps({"minio": {"default": store}})},
            },
        }


@contextmanager
def _kubernetes(account: Path, s3_port: int) -> Iterator[int]:
    key, certificate = account.parent / "key.pem", account / "ca.crt"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    words += ["-subj", "/CN=kubernetes", "-addext", "subjectAltName=IP:127.0.0.1"]
    words += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(words, check=True, capture_output=True)
    (account / "token").write_text("token")
    (account / "namespace").write_text(NAMESPACE)
    server = _Cluster(s3_port)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
