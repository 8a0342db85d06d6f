import { areScattered } from "./grpc-frames.ts";

/** The pieces of a request's body, for one who reads them as they come. */
export class GrpcPieces implements AsyncIterable<Buffer> {
  readonly #take: (piece: Buffer) => void;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isEnded = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  /** `take` is told of each piece when it is read. */
  constructor(take: (piece: Buffer) => void) {
    this.#take = take;
  }

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.byteLength;
    if (areScattered(this.#pieces, this.#bytes)) this.#pieces = [Buffer.concat(this.#pieces, this.#bytes)];
    this.#wake?.();
  }
  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }
  /** Nothing more comes. What is here is not read any more. */
  fail(failure: Error): void {
    if (this.#isEnded) return;
    this.#failure ??= failure;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Buffer> {
    for (;;) {
      if (this.#failure) throw this.#failure;
      const piece = this.#pieces.shift();
      if (piece) {
        this.#bytes -= piece.byteLength;
        this.#take(piece);
        yield piece;
      } else if (this.#isEnded) return;
      else await this.#more();
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
