import { invalidCall } from "./errors.ts";
import type { Scalar } from "./filter.ts";

/** Where a page ended. Opaque, and only good for the same collection and order. */
export type Position = string;

/** The values a page ended with: one for each ordered field (null when unset), and the id. */
export interface Bookmark {
  readonly values: readonly (Scalar | null)[];
  readonly id: string;
}

type Stored = null | boolean | string | { readonly n: string } | { readonly i: string };

/** Writes where a page ended as text, exactly. */
export const encodePosition = ({ values, id }: Bookmark): Position => JSON.stringify([id, ...values.map(stored)]);

/** Reads a position back. Fails with INVALID_STORE_CALL if it does not fit an order of `fields` fields. */
export function decodePosition(position: Position, fields: number): Bookmark {
  let parts: unknown;
  try {
    parts = JSON.parse(position);
  } catch {
    throw badPosition();
  }
  if (!Array.isArray(parts) || parts.length !== fields + 1 || typeof parts[0] !== "string") throw badPosition();
  return { id: parts[0], values: (parts.slice(1) as Stored[]).map(restored) };
}

function stored(value: Scalar | null): Stored {
  if (typeof value === "number") return { n: String(value) };
  if (typeof value === "bigint") return { i: String(value) };
  return value;
}

function restored(value: Stored): Scalar | null {
  if (value === null || typeof value !== "object") return value;
  return "i" in value ? BigInt(value.i) : Number(value.n);
}

const badPosition = () => invalidCall("after", "the position does not belong to a find with this order");
