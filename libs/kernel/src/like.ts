/**
 * A test for a pattern in which `%` is any text, also none, and `_` is one character (code point). Takes time linear in the text for
 * patterns without `_`, and text × pattern / 32 with it, whatever the text and pattern: no regular expression, no going back.
 * Without `caseSensitive` code points are compared in lower case, where that is one code point.
 */
export function likePattern(pattern: string, caseSensitive: boolean): (text: string) => boolean {
  const texts = pattern.split("%");
  if (caseSensitive && texts.every(isPlain)) return (text) => matchesTexts(text, texts);
  const fold = caseSensitive ? codePoints : (text: string) => codePoints(text).map(lowered);
  const parts = texts.map(fold);
  const [head, ...rest] = parts as [CodePoints, ...CodePoints[]];
  const tail = rest.pop();
  if (tail === undefined) return (text) => matchesWhole(head, fold(text));
  const finders = rest.filter((it) => it.length > 0).map(finderOf);
  return (text) => {
    const points = fold(text);
    const end = points.length - tail.length;
    if (head.length > end || !matchesAt(head, points, 0) || !matchesAt(tail, points, end)) return false;
    // The leftmost place of each part leaves the most room for the next.
    let from = head.length;
    for (const find of finders) {
      from = find(points, from, end);
      if (from < 0) return false;
    }
    return true;
  };
}

/** Texts that are short enough to be tried at each place, and in which each character stands for itself. */
const isPlain = (text: string): boolean =>
  text.length <= SHORT_LENGTH_MAX && !text.includes("_") && text.isWellFormed();

/** What most patterns need: the runtime finds short texts much faster than code points can be compared. */
function matchesTexts(text: string, [head = "", ...rest]: readonly string[]): boolean {
  const tail = rest.pop();
  if (tail === undefined) return text === head;
  if (!text.startsWith(head)) return false;
  let from = head.length;
  for (const it of rest) {
    const at = text.indexOf(it, from);
    if (at < 0) return false;
    from = at + it.length;
  }
  return text.length - tail.length >= from && text.endsWith(tail);
}

type CodePoints = readonly number[];

/** Where the first match that begins at `from` or later and ends at `end` or earlier is over; -1 if there is none. */
type Finder = (text: CodePoints, from: number, end: number) => number;

const UNDERSCORE = 95;

const codePoints = (text: string): CodePoints => Array.from(text, (it) => it.codePointAt(0) as number);

function lowered(point: number): number {
  if (point < 128) return point >= 65 && point <= 90 ? point + 32 : point;
  const [first, second] = codePoints(String.fromCodePoint(point).toLowerCase());
  return first === undefined || second !== undefined ? point : first;
}

const matchesWhole = (part: CodePoints, text: CodePoints): boolean =>
  part.length === text.length && matchesAt(part, text, 0);

const matchesAt = (part: CodePoints, text: CodePoints, at: number): boolean =>
  part.every((point, i) => point === UNDERSCORE || point === text[at + i]);

/** Up to this length trying each place is quicker than any preparation, and the length bounds the cost of a place. */
const SHORT_LENGTH_MAX = 16;

function finderOf(part: CodePoints): Finder {
  if (part.length <= SHORT_LENGTH_MAX) return shortFinder(part);
  return part.includes(UNDERSCORE) ? wildFinder(part) : literalFinder(part);
}

const shortFinder =
  (part: CodePoints): Finder =>
  (text, from, end) => {
    for (let at = from; at + part.length <= end; at += 1) if (matchesAt(part, text, at)) return at + part.length;
    return -1;
  };

/** Knuth, Morris and Pratt: `borders[i]` is the longest part before i that its beginning repeats. */
function literalFinder(part: CodePoints): Finder {
  const borders = [0];
  for (let i = 1, length = 0; i < part.length; i += 1) {
    while (length > 0 && part[i] !== part[length]) length = borders[length - 1] as number;
    if (part[i] === part[length]) length += 1;
    borders.push(length);
  }
  return (text, from, end) => {
    let length = 0;
    for (let i = from; i < end; i += 1) {
      while (length > 0 && text[i] !== part[length]) length = borders[length - 1] as number;
      if (text[i] === part[length]) length += 1;
      if (length === part.length) return i + 1;
    }
    return -1;
  };
}

/** Baeza-Yates and Gonnet: bit i of the state says that the first i + 1 of the part match up to here. */
function wildFinder(part: CodePoints): Finder {
  const words = Math.ceil(part.length / 32);
  const wild = new Uint32Array(words);
  const masks = new Map<number, Uint32Array>();
  const setBit = (mask: Uint32Array, i: number): void => {
    mask[i >> 5] = (mask[i >> 5] as number) | (1 << (i & 31));
  };
  for (const [i, point] of part.entries()) if (point === UNDERSCORE) setBit(wild, i);
  for (const [i, point] of part.entries()) {
    if (point === UNDERSCORE) continue;
    const mask = masks.get(point) ?? wild.slice();
    setBit(mask, i);
    masks.set(point, mask);
  }
  const lastBit = 1 << ((part.length - 1) & 31);
  return (text, from, end) => {
    const state = new Uint32Array(words);
    for (let at = from; at < end; at += 1) {
      const mask = masks.get(text[at] as number) ?? wild;
      let carry = 1;
      for (let word = 0; word < words; word += 1) {
        const bits = state[word] as number;
        state[word] = ((bits << 1) | carry) & (mask[word] as number);
        carry = bits >>> 31;
      }
      if ((state[words - 1] as number) & lastBit) return at + 1;
    }
    return -1;
  };
}
