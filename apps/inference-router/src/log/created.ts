const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

/** The time in an id, in milliseconds since 1970 (see timeOrderedIds). 48 bits of it are exact as a number. */
export function createdMs(id: string): number {
  let time = 0;
  for (const digit of id.slice(0, 10)) time = time * 32 + DIGITS.indexOf(digit);
  return time;
}
