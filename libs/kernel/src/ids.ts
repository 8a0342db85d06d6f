import { randomFillSync } from "node:crypto";
import type { Clock } from "./clock.ts";

/** Makes identifiers. Taken as an argument, so that tests own their ids. */
export type NewId = () => string;

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 16;

/**
 * Makes 26-character ids that sort by creation time: the ULID layout (48 bits of milliseconds, 80 random bits, Crockford
 * base 32) in lower case. Within one millisecond the random part counts up, so that ids of one process never go back.
 */
export function timeOrderedIds(clock: Clock): NewId {
  const random = new Uint8Array(RANDOM_LENGTH);
  const fill = randomDigits();
  let lastTime = -1;
  let timeText = "";
  return () => {
    const time = Math.max(clock.now(), lastTime);
    if (time === lastTime) countUp(random);
    else {
      fill(random);
      timeText = timeDigits(time);
      lastTime = time;
    }
    let text = timeText;
    for (const digit of random) text += ALPHABET.charAt(digit);
    return text;
  };
}

const POOL_BYTES = 4_096;

/** Gives random digits of base 32, from bytes that are asked for many at a time: a call of the system for each id is most of its cost. */
function randomDigits(): (into: Uint8Array) => void {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return (into) => {
    if (used + into.length > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    for (let i = 0; i < into.length; i++) into[i] = (pool[used + i] ?? 0) & 31;
    used += into.length;
    // The free top bit leaves room to count up within a millisecond.
    into[0] = (into[0] ?? 0) & 15;
  };
}

function countUp(digits: Uint8Array): void {
  for (let i = digits.length - 1; i >= 0; i--) {
    const next = (digits[i] ?? 0) + 1;
    digits[i] = next & 31;
    if (next < 32) return;
  }
}

function timeDigits(time: number): string {
  let text = "";
  let rest = time;
  for (let i = 0; i < TIME_LENGTH; i++) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
