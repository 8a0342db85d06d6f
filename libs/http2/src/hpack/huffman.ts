import { HpackError } from "./error.ts";
import { HUFFMAN_CODES, HUFFMAN_EOS } from "./tables.ts";

/*
 * Decoding goes by four bits: a state is an inner node of the tree of codes, and each of the sixteen steps from it gives the next
 * state and at most one symbol, since no code has less than five bits.
 */
const STATE_BITS = 0xff;
const HAS_SYMBOL = 1 << 16;
const FAILURE = 1 << 17;
const SYMBOL_SHIFT = 8;

/** By state and four bits: the next state, the symbol (shifted) and the two flags. */
const STEPS = new Int32Array(256 * 16);
/** 1: the string may end in this state, since what came after the last symbol is less than an octet of ones. */
const MAY_END = new Uint8Array(256);

buildSteps();

/** Strings up to here are decoded in one place that is kept: its bytes are copied into the string. */
const scratch = Buffer.allocUnsafeSlow(8192);

/** The string behind the Huffman code in `block` from `start` to `end`, octets as code units. */
export function decodeHuffman(block: Buffer, start: number, end: number): string {
  // The shortest code has five bits.
  const most = Math.floor(((end - start) * 8) / 5);
  const target = most > scratch.length ? Buffer.allocUnsafe(most) : scratch;
  let length = 0;
  let state = 0;
  for (let at = start; at < end; at += 1) {
    const octet = block[at] as number;
    const high = STEPS[(state << 4) | (octet >> 4)] as number;
    if (high & HAS_SYMBOL) target[length++] = high >> SYMBOL_SHIFT;
    const low = STEPS[((high & STATE_BITS) << 4) | (octet & 15)] as number;
    if (low & HAS_SYMBOL) target[length++] = low >> SYMBOL_SHIFT;
    if ((high | low) & FAILURE) throw new HpackError("a Huffman-coded string holds the end of strings");
    state = low & STATE_BITS;
  }
  if (MAY_END[state] === 0) throw new HpackError("a Huffman-coded string ends within a code or is padded wrongly");
  return target.toString("latin1", 0, length);
}

/** An inner node of the tree of codes: where 0 and 1 lead, to a node or to a symbol. */
interface Node {
  readonly state: number;
  readonly next: (Node | number)[];
}

function buildSteps(): void {
  const nodes = codeTree();
  const root = nodes[0] as Node;
  for (const node of nodes) {
    for (let bits = 0; bits < 16; bits += 1) STEPS[(node.state << 4) | bits] = step(root, node, bits);
  }
  let padding: Node | number | undefined = root;
  for (let bits = 0; bits < 8 && typeof padding === "object"; bits += 1) {
    MAY_END[padding.state] = 1;
    padding = padding.next[1];
  }
}

function codeTree(): readonly Node[] {
  const nodes: Node[] = [{ state: 0, next: [] }];
  HUFFMAN_CODES.forEach(({ code, bits }, symbol) => {
    let node = nodes[0] as Node;
    for (let bit = bits - 1; bit > 0; bit -= 1) {
      const way = (code >> bit) & 1;
      const known = node.next[way];
      const following = typeof known === "object" ? known : { state: nodes.length, next: [] };
      if (known === undefined) nodes.push(following);
      node.next[way] = following;
      node = following;
    }
    node.next[code & 1] = symbol;
  });
  return nodes;
}

function step(root: Node, from: Node, bits: number): number {
  let node = from;
  let flags = 0;
  for (let bit = 3; bit >= 0; bit -= 1) {
    const next = node.next[(bits >> bit) & 1] as Node | number;
    if (next === HUFFMAN_EOS) return FAILURE;
    if (typeof next === "number") flags = HAS_SYMBOL | (next << SYMBOL_SHIFT);
    node = typeof next === "number" ? root : next;
  }
  return flags | node.state;
}
