import type { IncomingMessage } from "node:http";
import { invalidField } from "@throughline/kernel";

/** What a request asks for, as it was sent: nothing is decoded, and no dot segment or slash is taken out. */
export interface Target {
  readonly path: string;
  readonly query: string;
}

export function targetOf(request: IncomingMessage): Target {
  const url = request.url ?? "";
  const mark = url.indexOf("?");
  return mark < 0 ? { path: url, query: "" } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

const IN_PROJECT = /^\/projects\/([a-z0-9][a-z0-9-]{0,62})(?=\/)/;

/** The id of the project that an address chooses, which is `default` unless the path begins with another, and the path below it. */
export function addressedProject(path: string): { readonly project: string; readonly below: string } {
  const [start = "", project = "default"] = IN_PROJECT.exec(path) ?? [];
  return { project, below: path.slice(start.length) };
}

/** Decodes a part of a path, once. Fails with INVALID_FIELD for what is no percent encoding of UTF-8. */
export function decodeOnce(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidField("path", "the path has a broken percent encoding");
  }
}

/** Reads a query. Fails with INVALID_FIELD for a broken percent encoding, which is otherwise kept as it is. */
export function queryOf(text: string): URLSearchParams {
  try {
    decodeURIComponent(text);
  } catch {
    throw invalidField("query", "the query has a broken percent encoding");
  }
  return new URLSearchParams(text);
}
