import {
  create,
  createFileRegistry,
  type DescExtension,
  type DescFile,
  type DescService,
  type FileRegistry,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { file_google_rpc_error_details } from "@throughline/contracts/google/rpc/error_details_pb";
import {
  ServerReflection,
  type ServerReflectionRequest,
} from "@throughline/contracts/grpc/reflection/v1/reflection_pb";
import { type Mount, mount } from "./mount.ts";

/** Server reflection over the given services: how grpcurl and others list and call them without our contracts. */
export function reflectionMount(services: readonly DescService[]): Mount {
  // Errors carry these, and a client that knows us by reflection alone should be able to read them.
  const files = allFiles([...services.map((it) => it.file), file_google_rpc_error_details]);
  const registry = createFileRegistry(
    create(FileDescriptorSetSchema, { file: [...files.values()].map((it) => it.proto) }),
  );
  const names = services.map((it) => ({ name: it.typeName }));
  return mount(ServerReflection, {
    async *serverReflectionInfo(requests) {
      for await (const originalRequest of requests) {
        yield {
          validHost: originalRequest.host,
          originalRequest,
          messageResponse: answer(originalRequest, registry, names),
        };
      }
    },
  });
}

function answer(request: ServerReflectionRequest, registry: FileRegistry, service: { name: string }[]) {
  const asked = request.messageRequest;
  switch (asked.case) {
    case "listServices":
      return { case: "listServicesResponse" as const, value: { service } };
    case "fileByFilename":
      return fileAnswer(registry.getFile(asked.value.replace(/\.proto$/, "")), asked.value);
    case "fileContainingSymbol":
      return fileAnswer(fileOfSymbol(registry, asked.value), asked.value);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = asked.value;
      const found = extensionsOf(registry, containingType).find((it) => it.number === extensionNumber);
      return fileAnswer(found?.file, `${containingType}[${extensionNumber}]`);
    }
    case "allExtensionNumbersOfType": {
      const extensionNumber = extensionsOf(registry, asked.value).map((it) => it.number);
      return { case: "allExtensionNumbersResponse" as const, value: { baseTypeName: asked.value, extensionNumber } };
    }
    default:
      return failure(Code.InvalidArgument, "the request asks for nothing");
  }
}

/** The file of a service, message, enum or extension; or of a method or field, by what holds it. */
function fileOfSymbol(registry: FileRegistry, symbol: string): DescFile | undefined {
  const found = registry.get(symbol);
  if (found) return found.file;
  const parent = symbol.slice(0, Math.max(symbol.lastIndexOf("."), 0));
  return parent === "" ? undefined : registry.get(parent)?.file;
}

function extensionsOf(registry: FileRegistry, typeName: string): DescExtension[] {
  return [...registry].filter((it) => it.kind === "extension").filter((it) => it.extendee.typeName === typeName);
}

/** The file and everything that it imports, so that the client need not ask again. */
function fileAnswer(file: DescFile | undefined, asked: string) {
  if (!file) return failure(Code.NotFound, `nothing is known of ${asked}`);
  const fileDescriptorProto = [...allFiles([file]).values()].map((it) => toBinary(FileDescriptorProtoSchema, it.proto));
  return { case: "fileDescriptorResponse" as const, value: { fileDescriptorProto } };
}

const failure = (errorCode: number, errorMessage: string) => ({
  case: "errorResponse" as const,
  value: { errorCode, errorMessage },
});

/** The files and all that they import, every file after its imports. */
function allFiles(files: readonly DescFile[]): ReadonlyMap<string, DescFile> {
  const found = new Map<string, DescFile>();
  const visit = (file: DescFile): void => {
    if (found.has(file.name)) return;
    file.dependencies.forEach(visit);
    found.set(file.name, file);
  };
  files.forEach(visit);
  return found;
}
