import { type DescMethodUnary, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { connect } from "@throughline/client";
import type { Command } from "commander";
import { fits, type ResourceMethod, resourceMethods } from "../resource-methods.ts";
import { resourceTable } from "./resource-table.ts";
import { wholeName } from "./whole-name.ts";

interface ReadFlags {
  readonly grpc: string;
  readonly json: boolean;
  readonly project: string;
  readonly token?: string;
}

interface ListFlags extends ReadFlags {
  readonly parent?: string;
  readonly all: boolean;
}

/** `throughline list models`, `throughline get models/late-flights`. */
export function addReads(program: Command): void {
  const { gets, lists } = resourceMethods();
  const withFlags = (command: Command): Command =>
    command
      .option("--grpc <host:port>", "the platform's gRPC address", "127.0.0.1:9090")
      .option("--json", "as JSON", false)
      .option("--project <project>", "the project of a name that leaves it out", "default")
      .option("--token <token>", "who you are, where the platform asks");
  withFlags(program.command("list <collection>"))
    .description(`list resources: ${collectionsOf(lists)}`)
    .option("--parent <name>", "what they belong to, such as models/late-flights (default: the project)")
    .option("--all", "every page, and not only the first", false)
    .action((collection: string, flags: ListFlags) => list(lists, collection, flags));
  withFlags(program.command("get <name>"))
    .description("show one resource by its name, such as models/late-flights or projects/default/models/late-flights")
    .action((name: string, flags: ReadFlags) => get(gets, wholeName(name, flags.project), flags));
}

async function get(gets: readonly ResourceMethod[], name: string, flags: ReadFlags): Promise<void> {
  const found = gets.find((it) => fits(it.pattern, name));
  if (!found) {
    const shapes = gets
      .map((it) => shortForm(it.pattern))
      .sort()
      .join("\n  ");
    throw new Error(
      `${name} is not the name of a resource. It is one such as models/late-flights; names look like\n  ${shapes}`,
    );
  }
  const answer = await call(found, { [found.field]: name }, flags);
  process.stdout.write(`${JSON.stringify(Object.values(answer)[0] ?? {}, undefined, 2)}\n`);
}

async function list(lists: readonly ResourceMethod[], collection: string, flags: ListFlags): Promise<void> {
  const candidates = lists.filter((it) => it.collection === collection);
  const parent = wholeName(flags.parent ?? `projects/${flags.project}`, flags.project);
  const found = candidates.find((it) => fits(it.pattern, parent));
  if (!found) {
    const parents = candidates.map((it) => shortForm(it.pattern)).join(" or ");
    throw new Error(
      candidates.length === 0
        ? `there are no ${collection}. There are ${collectionsOf(lists)}.`
        : `list ${collection} wants to know whose: give a --parent of the form ${parents}`,
    );
  }
  const items: JsonValue[] = [];
  let pageToken = "";
  do {
    const answer = await call(found, { [found.field]: parent, ...(pageToken && { pageToken }) }, flags);
    pageToken = String(answer["nextPageToken"] ?? "");
    items.push(...(Object.values(answer).find(Array.isArray) ?? []));
  } while (flags.all && pageToken !== "");
  if (flags.json) process.stdout.write(`${JSON.stringify(items, undefined, 2)}\n`);
  else if (items.length === 0) process.stdout.write(`${parent} has no ${collection}.\n`);
  else
    process.stdout.write(
      `${resourceTable(items, found.method.output)}\n${pageToken === "" ? "" : "There are more: --all shows them.\n"}`,
    );
}

const collectionsOf = (lists: readonly ResourceMethod[]): string =>
  [...new Set(lists.map((it) => it.collection))].sort().join(", ");

/** A pattern of names as people may write them, without the project. */
const shortForm = (pattern: string): string => pattern.replace(/^projects\/\*\//, "");

async function call(
  { method }: ResourceMethod,
  request: Record<string, string>,
  flags: ReadFlags,
): Promise<JsonObject> {
  const { transport } = connect({ baseUrl: `http://${flags.grpc}`, ...(flags.token && { token: flags.token }) });
  try {
    const unary = method as typeof method & DescMethodUnary;
    const { message } = await transport.unary(unary, undefined, 30_000, undefined, request);
    return toJson(method.output, message) as JsonObject;
  } catch (error) {
    throw new Error(ConnectError.from(error).message, { cause: error });
  }
}
