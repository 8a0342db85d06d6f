/** A header block that breaks the rules of HPACK: what the two sides hold of the tables may differ from here on. */
export class HpackError extends Error {
  override readonly name = "HpackError";
}
