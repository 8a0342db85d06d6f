import { DomainError, isDomainError } from "@throughline/kernel";
import type { Write } from "@throughline/store";
import { type NamedValues, type PushDeps, pushRows } from "./push-rows.ts";
import type { Source } from "./source.ts";

/** How far a stream of rows has come. */
export interface RowStream {
  readonly project: string;
  /** Id of the source. */
  readonly source: string;
  /** Chosen by the caller. */
  readonly id: string;
  /** The number of the last message that is stored; 0 if there is none. */
  readonly sequence: number;
  /** The data version that the last rows made, 0 if there are none. */
  readonly dataVersion: number;
  /** 0 before it was first stored, one more with each commit of messages. */
  readonly revision: number;
}

/** How far streams are. Of several writers that read the same revision exactly one succeeds. */
export interface RowStreams {
  get(of: Pick<RowStream, "project" | "source" | "id">): Promise<RowStream | undefined>;
  advancing(next: Omit<RowStream, "revision">, current: RowStream): readonly Write[];
}

/** What streaming needs. */
export interface RowStreamDeps extends PushDeps {
  readonly rowStreams: RowStreams;
}

/** Whose stream it is, and into what. */
export interface OpenStream {
  readonly source: Source;
  readonly id: string;
  readonly actor: string;
  readonly signal: AbortSignal;
}

/** One message of a stream. */
export interface StreamedRows {
  readonly sequence: number;
  readonly rows: readonly NamedValues[];
}

/** How far a stream is: everything up to there is durable and online. */
export type Reached = Pick<RowStream, "sequence" | "dataVersion">;

/** Stores the messages of one stream, each once. */
export interface RowStreamLog {
  position(): Promise<Reached>;
  /**
   * Stores messages that came one after the other, but for those that are stored already, and tells how far the stream is: mostly once,
   * since they are one segment. Fails with SEQUENCE_GAP if a message before one of them is missing, and as `pushRows` does; what comes
   * before the message that fails is stored, and told.
   */
  append(messages: readonly StreamedRows[]): AsyncGenerator<Reached, void, undefined>;
}

export function rowStreamLog(deps: RowStreamDeps, stream: OpenStream): RowStreamLog {
  const { source, id, actor, signal } = stream;
  const of = { project: source.project, source: source.id, id };
  const stored = async (): Promise<RowStream> =>
    (await deps.rowStreams.get(of)) ?? { ...of, sequence: 0, dataVersion: 0, revision: 0 };

  /** Messages with numbers that follow on each other, as one segment. Fails with STREAM_MOVED if they are not the next ones. */
  const appendTogether = async (messages: readonly StreamedRows[]): Promise<Reached> => {
    const [first, sequence] = [messages[0]?.sequence ?? 0, messages.at(-1)?.sequence ?? 0];
    const rows = messages.flatMap((it) => it.rows);
    const segment = await pushRows(deps, {
      source,
      rows,
      actor,
      signal,
      identity: NO_CALL,
      async onward({ dataVersion }) {
        const before = await stored();
        if (before.sequence !== first - 1) throw streamMoved(id);
        return deps.rowStreams.advancing({ ...of, sequence, dataVersion }, before);
      },
    });
    return { sequence, dataVersion: segment.dataVersion };
  };

  const position = async (): Promise<Reached> => {
    const { sequence, dataVersion } = await stored();
    // What was committed when the line was cut may not have come online.
    if (sequence > 0) await deps.materializer.catchUp(deps.layouts.of(source.project, source.id), signal);
    return { sequence, dataVersion };
  };

  /** Those that are not stored yet. Fails with SEQUENCE_GAP. */
  const next = async (messages: readonly StreamedRows[]): Promise<readonly StreamedRows[]> => {
    let { sequence } = await stored();
    const left = messages.filter((it) => it.sequence > sequence);
    for (const it of left) {
      if (it.sequence !== sequence + 1) throw streamGap(id, sequence + 1, it.sequence);
      sequence = it.sequence;
    }
    return left;
  };

  /** One message, or the answer of whoever was first. */
  const appendOne = async (message: StreamedRows): Promise<Reached> => {
    const [left] = await next([message]);
    if (!left) return position();
    try {
      return await appendTogether([left]);
    } catch (error) {
      if (isDomainError(error, "STREAM_MOVED")) return appendOne(message);
      throw error;
    }
  };

  return {
    position,
    async *append(messages) {
      try {
        const left = await next(messages);
        if (left.length > 0) yield await appendTogether(left);
        else if (messages.length > 0) yield await position();
      } catch (error) {
        // One by one it is known which of them fails.
        if (!isDomainError(error)) throw error;
        for (const message of messages) yield await appendOne(message);
      }
    },
  };
}

/** A stream has numbers, and needs no other memory. */
const NO_CALL = { requestId: "", method: "StreamRows", principal: "", requestDigest: "" };

const streamGap = (stream: string, expected: number, sequence: number): DomainError =>
  new DomainError(
    "precondition",
    "SEQUENCE_GAP",
    `Message ${expected} of the stream ${stream} is missing before ${sequence}. Send it and all behind it again.`,
    { metadata: { stream, expected: String(expected) } },
  );

/** Somebody else sends the same stream. */
const streamMoved = (stream: string): DomainError =>
  new DomainError("conflict", "STREAM_MOVED", `The stream ${stream} went on meanwhile. Ask how far it is.`, {
    metadata: { stream },
  });
