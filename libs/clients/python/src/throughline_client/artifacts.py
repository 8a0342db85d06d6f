"""Bytes by their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from throughline.lineage.v1 import artifact_pb2, artifact_service_pb2
from throughline_client.connection import Connection

CHUNK_BYTES = 512 * 1024


def upload(
    connection: Connection,
    path: str | Path,
    *,
    kind: artifact_pb2.ArtifactKind = artifact_pb2.ARTIFACT_KIND_FILE,
    media_type: str = "application/octet-stream",
) -> artifact_pb2.Artifact:
    """Uploads a file and returns the artifact, whose digest the platform has checked."""
    path = Path(path)
    hashed = hashlib.sha256()
    for chunk in _chunks(path):
        hashed.update(chunk)
    request = artifact_service_pb2.UploadArtifactRequest

    def messages() -> Iterator[artifact_service_pb2.UploadArtifactRequest]:
        yield request(
            declaration=artifact_service_pb2.UploadDeclaration(
                parent=connection.parent,
                digest=f"sha256:{hashed.hexdigest()}",
                size_bytes=path.stat().st_size,
                media_type=media_type,
                kind=kind,
            )
        )
        for chunk in _chunks(path):
            yield request(data=chunk)

    return connection.artifacts.UploadArtifact(messages(), timeout=600).artifact


def download(connection: Connection, digest: str, path: str | Path) -> Path:
    """Downloads an artifact into a file. The file appears only once its digest was checked."""
    path = Path(path)
    part = path.with_name(f"{path.name}.part")
    hashed = hashlib.sha256()
    name = f"{connection.parent}/artifacts/{digest}"
    try:
        with part.open("wb") as file:
            for piece in connection.artifacts.DownloadArtifact(artifact_service_pb2.DownloadArtifactRequest(name=name)):
                hashed.update(piece.data)
                file.write(piece.data)
        if f"sha256:{hashed.hexdigest()}" != digest:
            raise ValueError(f"the bytes of {name} do not have its digest")
        return part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
