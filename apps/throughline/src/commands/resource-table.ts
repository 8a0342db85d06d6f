import type { DescEnum, DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { enumWords, plainTable } from "@throughline/flights/plain-table";

const COLUMNS_MAX = 7;
const TEXT_MAX = 59;

/** The fields that are short and say most, whatever the resource. There is at least one; `answer` is the message that lists them. */
export function resourceTable(items: readonly JsonValue[], answer: DescMessage): string {
  const rows = items.filter((it): it is JsonObject => typeof it === "object" && it !== null && !Array.isArray(it));
  const isShort = (it: JsonValue | undefined): boolean =>
    typeof it === "string" || typeof it === "number" || typeof it === "boolean";
  const columns = [
    ...new Set(rows.flatMap((row) => Object.keys(row).filter((key) => isShort(row[key]) && key !== "etag"))),
  ].slice(0, COLUMNS_MAX);
  const fields = new Map(resourceOf(answer)?.fields.map((it) => [it.jsonName, it]));
  const project = sharedProject(rows);
  const shown = plainTable(columns.map(titleOf));
  for (const row of rows)
    shown.push(columns.map((key) => clip(withoutStart(textOf(fields.get(key), row[key] ?? ""), project))));
  return project === "" ? shown.toString() : `${shown.toString()}\nAll are in ${project}: names leave it out.`;
}

/** The name of a field in words: `create time` of `createTime`. */
const titleOf = (field: string): string => field.replace(/[A-Z]/g, (it) => ` ${it.toLowerCase()}`);

/** What the rows are. */
function resourceOf({ fields }: DescMessage): DescMessage | undefined {
  const list = fields.find((it) => it.fieldKind === "list" && it.listKind === "message");
  return list?.fieldKind === "list" ? list.message : undefined;
}

function textOf(field: DescField | undefined, value: JsonValue): string {
  if (field?.fieldKind === "enum") return enumWords(withoutPrefix(field.enum, String(value)));
  return field?.message?.typeName === "google.protobuf.Duration" ? durationText(String(value)) : String(value);
}

/** The units that definitions are written in, the largest first, in nanoseconds. */
const UNITS = {
  d: 86_400_000_000_000n,
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  ns: 1n,
};

/** `1d12h` of `129600s`: what `apply` takes for the same length of time. */
function durationText(seconds: string): string {
  const [, sign = "", whole = "0", rest = ""] = /^(-?)(\d+)(?:\.(\d+))?s$/.exec(seconds) ?? [];
  let left = BigInt(whole + rest.padEnd(9, "0"));
  const parts = Object.entries(UNITS).flatMap(([unit, ns]) => {
    const count = left / ns;
    left %= ns;
    return count === 0n ? [] : [`${count}${unit}`];
  });
  return parts.length === 0 ? "0s" : sign + parts.join("");
}

/** `FINISHED` of `RUN_STATE_FINISHED`. */
const withoutPrefix = ({ sharedPrefix = "" }: DescEnum, name: string): string =>
  name.toLowerCase().startsWith(sharedPrefix) ? name.slice(sharedPrefix.length) : name;

/** `projects/p/` if all rows have names in that project. */
function sharedProject(rows: readonly JsonObject[]): string {
  const [first = "", ...others] = rows.map(({ name }) => /^projects\/[^/]+\//.exec(String(name))?.[0] ?? "");
  return others.every((it) => it === first) ? first : "";
}

const withoutStart = (text: string, start: string): string =>
  text.startsWith(start) ? text.slice(start.length) : text;

/** As much of a digest as tells it from others. */
const DIGEST_SHOWN = "sha256:0123456789ab".length;

// Line breaks, what a terminal would run, and what turns the direction of writing.
const UNSHOWN = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** A text as one line of one cell. */
function clip(whole: string): string {
  const text = whole.replaceAll(UNSHOWN, " ");
  const most = text.startsWith("sha256:") ? DIGEST_SHOWN : TEXT_MAX;
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
