import { type Datatype, ELEMENT_BYTES, elementCount, type Tensor } from "../domain/tensor.ts";
import { FRAME_HEADER_BYTES, type FrameKind, newFrame } from "./frames.ts";

/** Tensors as they travel: those of all requests of a batch in one frame, the rows of each input one after the other. */
export interface TensorMessage {
  /** Names of the outputs that are asked for; none in an answer. */
  readonly outputs: readonly string[];
  readonly tensors: readonly Tensor[];
}

/** What each request of a batch brings. All have tensors of the same names, types and row shapes, in the same order. */
export interface TensorBatch {
  readonly outputs: readonly string[];
  readonly requests: readonly (readonly Tensor[])[];
}

const DATATYPES: readonly Datatype[] = [...(Object.keys(ELEMENT_BYTES) as Datatype[]), "BYTES"];
/** Stands for the rows of a tensor without dimensions. */
const SCALAR = 0xffff_ffff;

/**
 * The body: `bytes of the layout u32 | nanoseconds u32 | layout | for each tensor: rows u32, bytes u32 | data`, the data of each
 * tensor at a multiple of 8 within the frame, so that the other side mostly reads them where they are. The layout is all
 * that two batches of one kind have in common, as JSON: both sides remember it, so that it is made and read once.
 */
export interface TensorFrames {
  /** A frame in pieces, to be sent one after the other: one with the data of all requests, unless they are large, which are not copied. */
  encode(head: FrameHead, batch: TensorBatch): readonly Uint8Array[];
  /** Reads a body. The tensors are views of it. */
  decode(body: Buffer): TensorMessage;
}

interface FrameHead {
  readonly kind: FrameKind;
  readonly call: number;
  /** How long the run took that a result tells of. */
  readonly ns?: number;
}

/** How long the run took, by the body of a result. */
export const nsOf = (body: Buffer): number => body.readUInt32LE(4);

const PREFIX_BYTES = 8;
const PER_TENSOR_BYTES = 8;

/** One side of a connection: what it remembers is its own. */
export function tensorFrames(): TensorFrames {
  let written: { readonly outputs: readonly string[]; readonly tensors: readonly Tensor[]; text: Buffer } | undefined;
  const read = new Map<string, Layout>();

  const layoutOf = (outputs: readonly string[], tensors: readonly Tensor[]): Buffer => {
    if (written && sameNames(written.outputs, outputs) && runTogether(written.tensors, tensors)) return written.text;
    const described = tensors.map((it) => [it.name, DATATYPES.indexOf(it.datatype), it.shape.slice(1)]);
    const text = Buffer.from(JSON.stringify([outputs, described]));
    // Only what is compared is kept, not the data.
    const shapes = tensors.map(({ name, datatype, shape }) => ({ name, datatype, shape, bytes: NO_BYTES }));
    written = { outputs, tensors: shapes, text };
    return text;
  };
  const layoutIn = (text: string): Layout => {
    const known = read.get(text);
    if (known) return known;
    const layout = parseLayout(Buffer.from(text, "latin1").toString("utf8"));
    if (read.size >= LAYOUTS_MAX) read.clear();
    read.set(text, layout);
    return layout;
  };

  return {
    encode({ kind, call, ns = 0 }, { outputs, requests }) {
      const tensors = requests[0] ?? [];
      const layout = layoutOf(outputs, tensors);
      const sizes = tensors.map((_, i) => requests.reduce((sum, it) => sum + (it[i] as Tensor).bytes.byteLength, 0));
      const headBytes = PREFIX_BYTES + layout.byteLength + PER_TENSOR_BYTES * tensors.length;
      const bodyBytes = sizes.reduce((end, bytes) => aligned(end) + bytes, headBytes);
      const isLarge = bodyBytes >= PIECE_BYTES_MIN * requests.length * tensors.length && tensors.length > 0;
      const frame = newFrame(kind, call, { bodyBytes, madeBytes: isLarge ? headBytes : bodyBytes });
      const pieces: Uint8Array[] = [frame];
      frame.writeUInt32LE(layout.byteLength, FRAME_HEADER_BYTES);
      frame.writeUInt32LE(Math.min(ns, 0xffff_ffff), FRAME_HEADER_BYTES + 4);
      frame.set(layout, FRAME_HEADER_BYTES + PREFIX_BYTES);
      let head = FRAME_HEADER_BYTES + PREFIX_BYTES + layout.byteLength;
      let offset = FRAME_HEADER_BYTES + headBytes;
      tensors.forEach((tensor, i) => {
        head = frame.writeUInt32LE(tensor.shape.length === 0 ? SCALAR : rowsIn(requests, i), head);
        head = frame.writeUInt32LE(sizes[i] as number, head);
        const start = FRAME_HEADER_BYTES + aligned(offset - FRAME_HEADER_BYTES);
        if (isLarge && start > offset) pieces.push(PADDING.subarray(0, start - offset));
        offset = start;
        for (const it of requests) {
          const { bytes } = it[i] as Tensor;
          if (isLarge) pieces.push(bytes);
          else frame.set(bytes, offset);
          offset += bytes.byteLength;
        }
      });
      return pieces;
    },
    decode(body) {
      const layoutBytes = body.readUInt32LE(0);
      const { outputs, tensors } = layoutIn(body.toString("latin1", PREFIX_BYTES, PREFIX_BYTES + layoutBytes));
      let head = PREFIX_BYTES + layoutBytes;
      let offset = head + PER_TENSOR_BYTES * tensors.length;
      const views = tensors.map(({ name, datatype, rowShape }): Tensor => {
        const rows = body.readUInt32LE(head);
        const start = aligned(offset);
        offset = start + body.readUInt32LE(head + 4);
        head += PER_TENSOR_BYTES;
        if (offset > body.byteLength) throw new Error("a frame is shorter than its tensors");
        const shape = rows === SCALAR ? [] : [rows, ...rowShape];
        const bytes = body.subarray(start, offset);
        if (datatype !== "BYTES" && bytes.byteLength !== elementCount(shape) * ELEMENT_BYTES[datatype]) {
          throw new Error(`a frame has ${bytes.byteLength} bytes for the tensor ${name}`);
        }
        return { name, datatype, shape, bytes };
      });
      return { outputs, tensors: views };
    },
  };
}

const NO_BYTES = new Uint8Array(0);
const PADDING = new Uint8Array(8);

/** Tensors of so many bytes on average are sent from where they are: copying costs more than another piece. */
const PIECE_BYTES_MIN = 16 * 1024;

/** Layouts that are remembered; a caller who always sends others gets no more than this. */
const LAYOUTS_MAX = 64;

interface Layout {
  readonly outputs: readonly string[];
  readonly tensors: readonly {
    readonly name: string;
    readonly datatype: Datatype;
    readonly rowShape: readonly number[];
  }[];
}

function parseLayout(text: string): Layout {
  const [outputs, described] = JSON.parse(text) as [
    outputs: readonly string[],
    tensors: readonly (readonly [name: string, datatype: number, rowShape: readonly number[]])[],
  ];
  const tensors = described.map(([name, index, rowShape]) => {
    const datatype = DATATYPES[index];
    if (datatype === undefined) throw new Error("a frame has a tensor of an unknown type");
    return { name, datatype, rowShape };
  });
  return { outputs, tensors };
}

const rowsIn = (requests: readonly (readonly Tensor[])[], i: number): number =>
  requests.reduce((sum, it) => sum + (it[i]?.shape[0] ?? 0), 0);

/** Bodies start 12 bytes into a frame, so that 4 more make a multiple of 8. */
const aligned = (offset: number): number => ((offset + 3) & ~7) + 4;

export const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((it, i) => it === b[i]));

/** True if tensors have the same names, types and row shapes, in the same order: their rows fit behind each other. */
export function runTogether(a: readonly Tensor[], b: readonly Tensor[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const [one, other] = [a[i] as Tensor, b[i] as Tensor];
    if (one.name !== other.name || one.datatype !== other.datatype) return false;
    if (one.shape.length !== other.shape.length) return false;
    for (let j = 1; j < one.shape.length; j++) if (one.shape[j] !== other.shape[j]) return false;
  }
  return true;
}
