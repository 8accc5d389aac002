"""The production set-up without containers: Debian's PostgreSQL, Redis and nginx, our own commands.

The same journeys run on it as on the embedded one: `production` has what `processes` has.
"""

from __future__ import annotations

import ipaddress
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cyberframe.config import ROOT
from cyberframe.embedded import account, binaries, process
from cyberframe.embedded.errors import StartError
from tests.processes import Processes, answers, free_port, platform
from tests.servers import wait

NGINX = Path("/usr/sbin/nginx")


def missing() -> str:
    """Return what this machine lacks, or nothing."""
    try:
        binaries.postgresql("system")
        binaries.valkey("system")
    except StartError as error:
        return str(error)
    return "" if NGINX.exists() else "no nginx found (Debian: apt-get install nginx-light)"


@contextmanager
def site() -> Iterator[Processes]:
    """Yield the platform in production mode, behind TLS, all of it started.

    `environ` of the caller must trust `<var>/tls/certificate`.
    """
    port = free_port()
    extra = {
        "CYBERFRAME_ENV": "production",
        "CYBERFRAME_BASE_URL": f"https://127.0.0.1:{port}",
        "CYBERFRAME_SECRET_KEY": secrets.token_urlsafe(48),
        "CYBERFRAME_METRICS_TOKEN": secrets.token_urlsafe(24),
        "CYBERFRAME_LOG_FORMAT": "json",
    }
    with platform(source="system", extra=extra) as made:
        made.address = extra["CYBERFRAME_BASE_URL"]
        made.extra["CYBERFRAME_STATIC_ROOT"] = str(made.var / "static")
        made.manage("collectstatic", "--no-input", "--verbosity=0")
        made.start()
        tls = _certificate(made.var / "tls")
        proxy = _nginx(made, port, tls)
        try:
            yield made
        finally:
            process.kill_group(proxy.pid)
            proxy.wait()


def _certificate(folder: Path) -> Path:
    """Write a certificate for 127.0.0.1 and its key into `folder`."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cyberframe test")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder


def _nginx(made: Processes, port: int, tls: Path) -> subprocess.Popen[bytes]:
    """Start nginx with deploy/nginx.conf, only its addresses and paths changed."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    places = {
        "/tmp/": f"{tls}/",  # first: our own folder lies there too
        "/run/secrets/tls_certificate": str(tls / "certificate"),
        "/run/secrets/tls_key": str(tls / "key"),
        "server web:8000": f"server 127.0.0.1:{made.port}",
        "listen 8443": f"listen 127.0.0.1:{port}",
        "listen 8080": f"listen 127.0.0.1:{free_port()}",
    }
    for old, new in places.items():
        assert old in text, old
        text = text.replace(old, new)
    tls.chmod(0o755)
    (tls / "nginx.conf").write_text(text)
    ourselves = account.Account(name="", uid=0, gid=0, switch=False)
    with (made.servers.folder.run / "nginx.log").open("ab") as log:
        started = process.spawn(
            [str(NGINX), "-p", str(tls), "-e", "stderr", "-c", str(tls / "nginx.conf")],
            account=ourselves,
            cwd=tls,
            output=log,
        )

    def ready() -> bool:
        assert started.poll() is None, made.log("nginx")
        return answers(f"{made.address}/healthz", {}, trust=tls / "certificate")

    wait(ready, 20, "nginx")
    return started
