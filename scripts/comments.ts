/** Writes the comments of our contracts to a file beside the generated code, which does not carry them. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";

/** For the OpenAPI document, the console and the command: the comment of each element by its full name. */
export function writeComments(root: string): void {
  const image = execFileSync("buf", ["build", "--as-file-descriptor-set", "-o", "-"], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  const files = fromBinary(FileDescriptorSetSchema, image).file.filter((it) =>
    /^(throughline|inference)\b/.test(it.package),
  );
  const comments = Object.fromEntries(files.flatMap(commentsOf).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(join(root, "libs/contracts/src/gen/comments.json"), `${JSON.stringify(comments, null, 1)}\n`);
}

function commentsOf(file: FileDescriptorProto): [string, string][] {
  const names = new Map<string, string>();
  const name = (path: readonly number[], full: string): void => void names.set(path.join(","), full);
  const visitEnum = (it: EnumDescriptorProto, path: readonly number[], scope: string): void => {
    name(path, `${scope}.${it.name}`);
    for (const [i, value] of it.value.entries()) name([...path, 2, i], `${scope}.${it.name}.${value.name}`);
  };
  const visitMessage = (it: DescriptorProto, path: readonly number[], scope: string): void => {
    const full = `${scope}.${it.name}`;
    name(path, full);
    for (const [i, field] of it.field.entries()) name([...path, 2, i], `${full}.${field.name}`);
    for (const [i, nested] of it.nestedType.entries()) visitMessage(nested, [...path, 3, i], full);
    for (const [i, nested] of it.enumType.entries()) visitEnum(nested, [...path, 4, i], full);
  };
  for (const [i, it] of file.messageType.entries()) visitMessage(it, [4, i], file.package);
  for (const [i, it] of file.enumType.entries()) visitEnum(it, [5, i], file.package);
  for (const [i, service] of file.service.entries()) {
    name([6, i], `${file.package}.${service.name}`);
    for (const [j, it] of service.method.entries()) name([6, i, 2, j], `${file.package}.${service.name}.${it.name}`);
  }
  return (file.sourceCodeInfo?.location ?? []).flatMap((it): [string, string][] => {
    const full = names.get(it.path.join(","));
    const comment = it.leadingComments.replace(/^ /gm, "").trim();
    return full && comment ? [[full, comment]] : [];
  });
}
