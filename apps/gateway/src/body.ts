import type { IncomingMessage } from "node:http";
import type { JsonValue } from "@bufbuild/protobuf";
import { DomainError, invalidField } from "@throughline/kernel";

/** Reads a body whole. Fails with BODY_TOO_LARGE above `bytesMax`. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > bytesMax) throw bodyTooLarge(bytesMax);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > bytesMax) throw bodyTooLarge(bytesMax);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads JSON, refusing what parsers disagree about: keys given twice, `__proto__`, and nesting beyond 100 levels. */
export function parseJson(bytes: Buffer): JsonValue | undefined {
  if (bytes.byteLength === 0) return undefined;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalidField("body", "the body is not UTF-8");
  }
  checkShape(text);
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw invalidField("body", `the body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const DEPTH_MAX = 100;

/** Walks the tokens of a text once, before it is parsed. A text that is not JSON passes, and fails in JSON.parse. */
function checkShape(text: string): void {
  const keys: (Set<string> | undefined)[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/gs;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [found] = match;
    if (found === "{" || found === "[") keys.push(found === "{" ? new Set() : undefined);
    else if (found === "}" || found === "]") keys.pop();
    else if (match[1] !== undefined) checkKey(found.slice(0, found.lastIndexOf('"') + 1), keys.at(-1));
    if (keys.length > DEPTH_MAX) throw invalidField("body", `nested more than ${DEPTH_MAX} levels deep`);
  }
}

function checkKey(quoted: string, keys: Set<string> | undefined): void {
  const key = unquote(quoted);
  if (key === "__proto__") throw invalidField("__proto__", "this key is refused");
  if (keys?.has(key)) throw invalidField(key.slice(0, 200), "the key is given twice");
  keys?.add(key);
}

function unquote(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted;
  }
}

const bodyTooLarge = (bytesMax: number): DomainError =>
  new DomainError(
    "exhausted",
    "BODY_TOO_LARGE",
    `The body is larger than ${bytesMax} bytes. Send less at once, or upload it as an artifact.`,
  );
