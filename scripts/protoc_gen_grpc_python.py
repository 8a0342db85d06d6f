"""A protoc plugin for the Python gRPC stubs: the generator is only to be had inside grpcio-tools, as a whole protoc."""

import sys
import tempfile
from pathlib import Path

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest, CodeGeneratorResponse
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc


def main() -> None:
    request = CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
    response = CodeGeneratorResponse(supported_features=CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL)
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder, "image.binpb")
        image.write_bytes(FileDescriptorSet(file=request.proto_file).SerializeToString())
        out = Path(folder, "out")
        out.mkdir()
        # Only files with services: the generator would write an empty stub for the others.
        names = [it.name for it in request.proto_file if it.service and it.name in request.file_to_generate]
        if names and protoc.main(["protoc", f"--descriptor_set_in={image}", f"--grpc_python_out={out}", *names]) != 0:
            response.error = "the generator of gRPC stubs failed"
        for path in sorted(out.rglob("*.py")):
            response.file.add(name=str(path.relative_to(out)), content=path.read_text("utf-8"))
    sys.stdout.buffer.write(response.SerializeToString())


if __name__ == "__main__":
    main()
