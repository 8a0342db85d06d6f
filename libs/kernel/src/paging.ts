import { createHmac, timingSafeEqual } from "node:crypto";
import { canonicalJson, type Json } from "./canonical-json.ts";
import { invalidField } from "./errors.ts";

/** One page of a list. `nextPageToken` is empty on the last page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken: string;
}

/**
 * Page tokens that clients can neither read as an interface nor forge: the position, and a MAC over the position and the
 * query it belongs to. A token used with another query is refused instead of giving a wrong page.
 */
export interface PageTokens {
  /** `query` is everything that selects and orders the list, without the page size. */
  encode(query: Json, position: Json): string;
  /** Returns undefined for the empty token (first page). Fails with BAD_PAGE_TOKEN. */
  decode(query: Json, token: string): Json | undefined;
}

/** `secret` must be the same on every replica that serves the list. */
export function pageTokens(secret: Uint8Array): PageTokens {
  const signed = (query: Json, body: string): string => {
    const mac = createHmac("sha256", secret)
      .update(canonicalJson([query, body]))
      .digest();
    return `${body}.${mac.subarray(0, 16).toString("base64url")}`;
  };
  return {
    encode(query, position) {
      return signed(query, Buffer.from(canonicalJson(position)).toString("base64url"));
    },
    decode(query, token) {
      if (token === "") return undefined;
      const [body = ""] = token.split(".", 1);
      if (!body.isWellFormed()) throw badPageToken();
      // The texts are compared, not what they decode to: base64 has many texts for the same bytes.
      const given = Buffer.from(token);
      const right = Buffer.from(signed(query, body));
      if (given.length !== right.length || !timingSafeEqual(given, right)) throw badPageToken();
      return JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as Json;
    },
  };
}

const badPageToken = () =>
  invalidField(
    "page_token",
    "the token does not belong to this list. Send it with the same filter and order as before, or start without it.",
    "BAD_PAGE_TOKEN",
  );

/** The page size to use: `wanted` when the caller names one, at most `most`. Fails for a negative size. */
export function pageSize(wanted: number, usual = 100, most = 1_000): number {
  if (wanted < 0) throw invalidField("page_size", `${wanted} is negative. Leave it out for ${usual}.`);
  return wanted === 0 ? usual : Math.min(wanted, most);
}
