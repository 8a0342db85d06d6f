import { createCipheriv } from "node:crypto";
import { invalidField } from "@throughline/kernel";

/** The smallest number of possible texts that may be encrypted. */
export const DOMAIN_SIZE_MIN = 1_000_000n;

const ROUNDS = 10;
const BLOCK_BYTES = 16;
const RADIX_MAX = 65_536;
const LENGTH_MAX = 1_000;

/** An encryption of lists of symbols that keeps their length: a permutation for each key, tweak and length. */
export interface Ff1 {
  encrypt(symbols: readonly number[]): readonly number[];
  decrypt(symbols: readonly number[]): readonly number[];
}

/** The key (16, 24 or 32 bytes), the number of different symbols (2 to 65,536), and what else the encryption depends on. */
export interface Ff1Options {
  readonly key: Uint8Array;
  readonly radix: number;
  /** Not secret. Other tweaks give other permutations. */
  readonly tweak: Uint8Array;
}

/**
 * FF1 of NIST SP 800-38G (algorithms 7 and 8) with AES. Symbols are whole numbers in [0, radix).
 *
 * There have to be at least 1,000,000 lists of that length (radix to the power of the length): the first edition asked for 100
 * and recommended a million, the drafts of revision 1 (2019, 2025) demand a million, since smaller ones were broken (Hoang,
 * Tessaro and Trieu 2018, doi:10.1007/978-3-319-96884-1_8). At most 1,000 symbols, far below what the standard allows.
 *
 * @throws DomainError invalid FF1_DOMAIN if a list is too short or too long.
 */
export function ff1({ key, radix, tweak }: Ff1Options): Ff1 {
  if (!Number.isInteger(radix) || radix < 2 || radix > RADIX_MAX)
    throw invalidField("radix", `${radix} is no whole number from 2 to ${RADIX_MAX}`, "FF1_DOMAIN");
  // One cipher object serves all blocks: making one takes longer than encrypting a block.
  const blocks = createCipheriv(`aes-${key.byteLength * 8}-ecb`, key, null).setAutoPadding(false);
  const encipher = (block: Uint8Array): Buffer => blocks.update(block);
  const walk = (symbols: readonly number[], direction: 1 | -1): readonly number[] => {
    if (!fitsDomain(radix, symbols.length))
      throw invalidField(
        "symbols",
        `${symbols.length} symbols of ${radix} kinds: at least 1,000,000 different lists are needed, of at most ${LENGTH_MAX} symbols`,
        "FF1_DOMAIN",
      );
    return feistel({ symbols, radix, tweak, encipher, direction });
  };
  return { encrypt: (symbols) => walk(symbols, 1), decrypt: (symbols) => walk(symbols, -1) };
}

/** Whether lists of that many symbols may be encrypted. */
export const fitsDomain = (radix: number, length: number): boolean =>
  length >= 2 && length <= LENGTH_MAX && BigInt(radix) ** BigInt(length) >= DOMAIN_SIZE_MIN;

interface Feistel {
  readonly symbols: readonly number[];
  readonly radix: number;
  readonly tweak: Uint8Array;
  /** AES of one block. */
  readonly encipher: (block: Uint8Array) => Buffer;
  readonly direction: 1 | -1;
}

function feistel({ symbols, radix, tweak, encipher, direction }: Feistel): readonly number[] {
  const [n, base] = [symbols.length, BigInt(radix)];
  const u = Math.floor(n / 2);
  const moduli = [base ** BigInt(u), base ** BigInt(n - u)] as const;
  const round = roundFunction({ n, radix, tweak, encipher, widest: moduli[1] });
  let [a, b] = [numberOf(symbols.slice(0, u), base), numberOf(symbols.slice(u), base)];
  for (let i = 0; i < ROUNDS; i++) {
    const at = direction === 1 ? i : ROUNDS - 1 - i;
    const modulus = moduli[at % 2 === 0 ? 0 : 1];
    if (direction === 1) [a, b] = [b, (a + round(at, b)) % modulus];
    else [a, b] = [(((b - round(at, a)) % modulus) + modulus) % modulus, a];
  }
  return [...symbolsOf(a, base, u), ...symbolsOf(b, base, n - u)];
}

interface RoundOptions extends Pick<Feistel, "radix" | "tweak" | "encipher"> {
  readonly n: number;
  /** The number of values of the longer half. */
  readonly widest: bigint;
}

/** Steps 3 to 6.iv: the number that a round adds. */
function roundFunction({ n, radix, tweak, encipher, widest }: RoundOptions): (round: number, half: bigint) => bigint {
  const halfBytes = Math.ceil((widest - 1n).toString(2).length / 8);
  const addedBytes = 4 * Math.ceil(halfBytes / 4) + 4;
  const header = Buffer.from([1, 2, 1, 0, 0, 0, ROUNDS, Math.floor(n / 2) % 256, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUIntBE(radix, 3, 3);
  header.writeUInt32BE(n, 8);
  header.writeUInt32BE(tweak.byteLength, 12);
  const content = tweak.byteLength + 1 + halfBytes;
  const padding = Buffer.alloc((BLOCK_BYTES - (content % BLOCK_BYTES)) % BLOCK_BYTES);
  const start = encipher(header);
  return (round, half) => {
    const text = Buffer.from(half.toString(16).padStart(2 * halfBytes, "0"), "hex");
    const first = chained(start, Buffer.concat([tweak, padding, Buffer.of(round), text]), encipher);
    const blocks = Array.from({ length: Math.ceil(addedBytes / BLOCK_BYTES) }, (_, j) =>
      j === 0 ? first : encipher(withCounter(first, j)),
    );
    return BigInt(`0x${Buffer.concat(blocks).subarray(0, addedBytes).toString("hex")}`);
  };
}

/** CBC-MAC (algorithm 6) from a state on: the state after the last block. */
function chained(start: Buffer, content: Buffer, encipher: (block: Uint8Array) => Buffer): Buffer {
  let state = start;
  for (let at = 0; at < content.byteLength; at += BLOCK_BYTES) {
    for (let i = 0; i < BLOCK_BYTES; i++) content[at + i] = (content[at + i] ?? 0) ^ (state[i] ?? 0);
    state = encipher(content.subarray(at, at + BLOCK_BYTES));
  }
  return state;
}

/** The block, exclusive-or with the counter as a big-endian block. */
function withCounter(block: Buffer, counter: number): Buffer {
  const bytes = Buffer.from(block);
  bytes.writeUInt32BE((bytes.readUInt32BE(BLOCK_BYTES - 4) ^ counter) >>> 0, BLOCK_BYTES - 4);
  return bytes;
}

const numberOf = (symbols: readonly number[], base: bigint): bigint =>
  symbols.reduce((sum, it) => sum * base + BigInt(it), 0n);

function symbolsOf(value: bigint, base: bigint, length: number): readonly number[] {
  const symbols = new Array<number>(length).fill(0);
  let rest = value;
  for (let i = length - 1; i >= 0; i--) {
    symbols[i] = Number(rest % base);
    rest /= base;
  }
  return symbols;
}
