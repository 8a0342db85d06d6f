import { hash } from "node:crypto";
import { canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import { DISTINCT_VALUES_MAX } from "./aggregate.ts";
import { reader, writer } from "./encoding.ts";
import type { WindowState } from "./window-state.ts";

/** A longer value is known by its SHA-256, so that a state has a limit. */
const VALUE_BYTES_MAX = 32;

/** The different values, or that there are more than DISTINCT_VALUES_MAX. Bytes: 0, or 1, how many, and each in order. */
export function distinctState(): WindowState {
  /** Undefined when there are too many. */
  let values: Set<string> | undefined = new Set();
  const plus = (key: string): void => {
    values?.add(key);
    if (values && values.size > DISTINCT_VALUES_MAX) values = undefined;
  };
  return {
    add: (value) => plus(nameOf(value)),
    absorb(bytes) {
      const from = reader(bytes);
      if (from.count() === 0) values = undefined;
      else for (let left = from.count(); left > 0; left--) plus(from.raw(from.count()).toString("latin1"));
    },
    bytes() {
      const to = writer();
      to.count(values ? 1 : 0);
      if (!values) return to.end();
      to.count(values.size);
      for (const key of [...values].sort()) {
        to.count(key.length);
        to.raw(Buffer.from(key, "latin1"));
      }
      return to.end();
    },
    result: () => (values ? BigInt(values.size) : null),
  };
}

/** A name of the value that no other value has. Short values and digests are of different lengths, or begin with different tags: no digest is mistaken for a value. */
export function nameOf(value: FeatureValue): string {
  const bytes = canonicalRowBytes([value]);
  if (bytes.byteLength <= VALUE_BYTES_MAX) return bytes.toString("latin1");
  const digest = hash("sha256", bytes, "buffer");
  return Buffer.concat([Buffer.of(DIGEST), digest]).toString("latin1");
}

/** A first byte that no canonical value has. */
const DIGEST = 0xff;
