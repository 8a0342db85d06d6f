import type { IncomingMessage } from "node:http";
import { DomainError, exactSteps, inTurns, invalidField } from "@throughline/kernel";
import { readBody } from "./body.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What stands between the texts of a body is read in one go. Of MLflow's requests those that name the 10,000 parts of an upload have most of it: 70,000. */
const SIGNS_MAX = 100_000;

/** Reads a body of JSON; undefined for an empty one. Fails with BODY_TOO_LARGE, BAD_JSON and INVALID_FIELD. */
export async function readExactJson(request: IncomingMessage, bytesMax: number): Promise<unknown> {
  const bytes = await readBody(request, bytesMax);
  if (bytes.byteLength === 0) return undefined;
  try {
    return await inTurns(exactSteps(decoded(bytes), { signsMax: SIGNS_MAX }));
  } catch (error) {
    if (error instanceof SyntaxError) throw badJson(error.message.slice(0, 200));
    throw error;
  }
}

function decoded(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw invalidField("body", "the body is not UTF-8");
  }
}

const badJson = (why: string): DomainError =>
  new DomainError("invalid", "BAD_JSON", `The body is no JSON that can be read: ${why}`);
