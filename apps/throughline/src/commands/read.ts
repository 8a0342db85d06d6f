import { type DescMethodUnary, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { connect } from "@throughline/client";
import { plainTable } from "@throughline/flights/plain-table";
import type { Command } from "commander";
import { fits, type ResourceMethod, resourceMethods } from "../resource-methods.ts";

interface ReadFlags {
  readonly grpc: string;
  readonly json: boolean;
  readonly token?: string;
}

interface ListFlags extends ReadFlags {
  readonly parent: string;
  readonly all: boolean;
}

/** `throughline list models`, `throughline get projects/default/models/late-flights`. */
export function addReads(program: Command): void {
  const { gets, lists } = resourceMethods();
  const collections = [...new Set(lists.map((it) => it.collection))].sort().join(", ");
  const withFlags = (command: Command): Command =>
    command
      .option("--grpc <host:port>", "the platform's gRPC address", "127.0.0.1:9090")
      .option("--json", "as JSON", false)
      .option("--token <token>", "who you are, where the platform asks");
  withFlags(program.command("list <collection>"))
    .description(`list resources: ${collections}`)
    .option("--parent <name>", "what they belong to", "projects/default")
    .option("--all", "every page, and not only the first", false)
    .action((collection: string, flags: ListFlags) => list(lists, collection, flags));
  withFlags(program.command("get <name>"))
    .description("show one resource by its name, such as projects/default/models/late-flights")
    .action((name: string, flags: ReadFlags) => get(gets, name, flags));
}

async function get(gets: readonly ResourceMethod[], name: string, flags: ReadFlags): Promise<void> {
  const found = gets.find((it) => fits(it.pattern, name));
  if (!found) {
    const shapes = gets
      .map((it) => it.pattern)
      .sort()
      .join("\n  ");
    throw new Error(`${name} is not the name of a resource. Names look like\n  ${shapes}`);
  }
  const answer = await call(found, { [found.field]: name }, flags);
  process.stdout.write(`${JSON.stringify(Object.values(answer)[0] ?? {}, undefined, 2)}\n`);
}

async function list(lists: readonly ResourceMethod[], collection: string, flags: ListFlags): Promise<void> {
  const candidates = lists.filter((it) => it.collection === collection);
  const found = candidates.find((it) => fits(it.pattern, flags.parent));
  if (!found) {
    const parents = candidates.map((it) => it.pattern).join(" or ");
    throw new Error(
      candidates.length === 0
        ? `there are no ${collection}. See "throughline list --help".`
        : `--parent must be of the form ${parents}`,
    );
  }
  const items: JsonValue[] = [];
  let pageToken = "";
  do {
    const answer = await call(found, { [found.field]: flags.parent, ...(pageToken && { pageToken }) }, flags);
    pageToken = String(answer["nextPageToken"] ?? "");
    items.push(...(Object.values(answer).find(Array.isArray) ?? []));
  } while (flags.all && pageToken !== "");
  if (flags.json) process.stdout.write(`${JSON.stringify(items, undefined, 2)}\n`);
  else process.stdout.write(`${table(items)}\n${pageToken === "" ? "" : "There are more: --all shows them.\n"}`);
}

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
    const { code, message } = ConnectError.from(error);
    const hint =
      code === Code.Unavailable
        ? `\nIs a platform up at ${flags.grpc}? --grpc names another, "throughline up" starts one.`
        : "";
    throw new Error(`${message}${hint}`, { cause: error });
  }
}

/** The fields that are short and say most, whatever the resource. */
function table(items: readonly JsonValue[]): string {
  const rows = items.filter((it): it is JsonObject => typeof it === "object" && it !== null && !Array.isArray(it));
  if (rows.length === 0) return "nothing there";
  const short = (it: JsonValue | undefined): boolean =>
    typeof it === "string" || typeof it === "number" || typeof it === "boolean";
  const columns = [
    ...new Set(rows.flatMap((row) => Object.keys(row).filter((key) => short(row[key]) && key !== "etag"))),
  ].slice(0, 7);
  const project = sharedProject(rows);
  const shown = plainTable(columns);
  for (const row of rows) shown.push(columns.map((key) => clip(withoutStart(String(row[key] ?? ""), project))));
  return project === "" ? shown.toString() : `${shown.toString()}\nAll are in ${project}: names leave it out.`;
}

/** `projects/p/` if all rows have names in that project. */
function sharedProject(rows: readonly JsonObject[]): string {
  const [first = "", ...others] = rows.map(({ name }) => /^projects\/[^/]+\//.exec(String(name))?.[0] ?? "");
  return others.every((it) => it === first) ? first : "";
}

const withoutStart = (text: string, start: string): string =>
  text.startsWith(start) ? text.slice(start.length) : text;

const clip = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
