import type { IncomingMessage } from "node:http";
import { DomainError, invalidField, parseExact } from "@throughline/kernel";
import { readBody } from "./body.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a body of JSON; undefined for an empty one. Fails with BODY_TOO_LARGE, BAD_JSON and INVALID_FIELD. */
export async function readExactJson(request: IncomingMessage, bytesMax: number): Promise<unknown> {
  const bytes = await readBody(request, bytesMax);
  if (bytes.byteLength === 0) return undefined;
  try {
    return parseExact(UTF8.decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) throw badJson(error.message.slice(0, 200));
    throw invalidField("body", "the body is not UTF-8");
  }
}

const badJson = (why: string): DomainError => new DomainError("invalid", "BAD_JSON", `The body is not JSON: ${why}`);
