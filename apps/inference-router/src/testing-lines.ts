/** The lines of a process as it prints them, but for a last one that has no end: it was killed while it printed that. */
export async function* wholeLines(printed: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let rest = "";
  for await (const piece of printed) {
    const lines = (rest + piece.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
