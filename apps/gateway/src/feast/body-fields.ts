import type { IncomingMessage } from "node:http";
import { parseExact } from "@throughline/kernel";
import { readBody } from "../body.ts";

/** One thing that is wrong with the form of a body, as Feast's server tells it. */
export interface BodyDetail {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input?: unknown;
}

/** The body has not the form that the path takes: answered with 422 and the details. */
export class BodyProblem extends Error {
  readonly details: readonly BodyDetail[];

  constructor(detail: BodyDetail) {
    super(detail.msg);
    this.details = [detail];
  }
}

/** The fields of a body. Those that nobody asks for are passed over, as Feast's server does. */
export type BodyFields = Readonly<Record<string, unknown>>;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a body that is a JSON object. Fails with BodyProblem and BODY_TOO_LARGE. */
export const readBodyFields = (request: IncomingMessage, bytesMax: number): Promise<BodyFields> =>
  readBody(request, bytesMax).then(fieldsIn);

function fieldsIn(bytes: Uint8Array): BodyFields {
  const at = ["body"];
  if (bytes.byteLength === 0) throw new BodyProblem({ type: "missing", loc: at, msg: "Field required", input: null });
  const value = parsed(bytes);
  if (isObject(value)) return value;
  throw new BodyProblem({ type: "model_attributes_type", loc: at, msg: "Input should be a valid dictionary" });
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return parseExact(UTF8.decode(bytes));
  } catch {
    throw new BodyProblem({ type: "json_invalid", loc: ["body", 0], msg: "JSON decode error", input: {} });
  }
}

/** True for a JSON object. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A text; undefined if it is absent or null. */
export function optionalText(body: BodyFields, name: string): string | undefined {
  const value = given(body, name) ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw wrong({ type: "string_type", loc: ["body", name], msg: "Input should be a valid string", input: value });
}

/** A text that must be there. */
export function requiredText(body: BodyFields, name: string): string {
  const value = optionalText(body, name);
  if (value === undefined) throw missing(name);
  return value;
}

/** A list of texts; undefined if it is absent or null. */
export function optionalTexts(body: BodyFields, name: string): readonly string[] | undefined {
  const value = given(body, name) ?? undefined;
  if (value === undefined) return undefined;
  const loc = ["body", name];
  if (!Array.isArray(value)) throw wrong({ type: "list_type", loc, msg: "Input should be a valid list", input: value });
  const at = value.findIndex((it) => typeof it !== "string");
  if (at < 0) return value;
  throw wrong({ type: "string_type", loc: [...loc, at], msg: "Input should be a valid string", input: value[at] });
}

/** A truth value; false if it is absent. */
export function flag(body: BodyFields, name: string): boolean {
  const value = given(body, name) ?? false;
  if (typeof value === "boolean") return value;
  throw wrong({ type: "bool_type", loc: ["body", name], msg: "Input should be a valid boolean", input: value });
}

/** An object that must be there. */
export function requiredObject(body: BodyFields, name: string): Readonly<Record<string, unknown>> {
  const value = given(body, name);
  if (value === undefined) throw missing(name);
  if (isObject(value)) return value;
  throw wrong({ type: "dict_type", loc: ["body", name], msg: "Input should be a valid dictionary", input: value });
}

/** An object of lists that must be there. */
export function requiredLists(body: BodyFields, name: string): Readonly<Record<string, readonly unknown[]>> {
  const lists = requiredObject(body, name);
  for (const [key, value] of Object.entries(lists)) {
    if (!Array.isArray(value))
      throw wrong({ type: "list_type", loc: ["body", name, key], msg: "Input should be a valid list", input: value });
  }
  return lists as Readonly<Record<string, readonly unknown[]>>;
}

const given = (body: BodyFields, name: string): unknown => (Object.hasOwn(body, name) ? body[name] : undefined);

/** What was given is shown only if it is short: an answer is not made as long as the question. */
function wrong({ input, ...detail }: BodyDetail): BodyProblem {
  const isShort = typeof input !== "object" && String(input).length <= 200 && typeof input !== "bigint";
  return new BodyProblem({ ...detail, ...(isShort && { input }) });
}

const missing = (name: string): BodyProblem =>
  new BodyProblem({ type: "missing", loc: ["body", name], msg: "Field required" });
