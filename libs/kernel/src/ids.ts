import { randomBytes } from "node:crypto";
import type { Clock } from "./clock.ts";

/** Makes identifiers. Taken as an argument, so that tests own their ids. */
export type NewId = () => string;

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * Makes 26-character ids that sort by creation time: the ULID layout (48 bits of milliseconds, 80 random bits, Crockford
 * base 32) in lower case. Within one millisecond the random part counts up, so that ids of one process never go back.
 */
export function timeOrderedIds(clock: Clock): NewId {
  let lastTime = -1;
  let random = 0n;
  return () => {
    const time = Math.max(clock.now(), lastTime);
    random = time === lastTime ? random + 1n : randomTail();
    lastTime = time;
    return encode(BigInt(time), 10) + encode(random, 16);
  };
}

/** 79 random bits: the free top bit leaves room to count up within a millisecond. */
function randomTail(): bigint {
  return BigInt(`0x${randomBytes(10).toString("hex")}`) >> 1n;
}

function encode(value: bigint, length: number): string {
  let text = "";
  let rest = value;
  for (let i = 0; i < length; i++) {
    text = ALPHABET.charAt(Number(rest & 31n)) + text;
    rest >>= 5n;
  }
  return text;
}
