/** The limits that hold across services (sizes in bytes, times in milliseconds). Each is a default that configuration may lower. */
export const LIMITS = {
  /** Largest gRPC message and REST body, but for inference. */
  messageBytesMax: 4 * 1024 * 1024,
  /** Largest inference message. */
  inferenceMessageBytesMax: 64 * 1024 * 1024,
  /** Longest schema or profile of a data set that is put into the record of a run: a longer one is stored beside it, by its digest. */
  recordTextBytesMax: 4 * 1024,
  /** One piece of a streamed artifact. */
  chunkBytesMax: 1024 * 1024,
  /** What a caller who names no deadline gets. */
  deadlineMsDefault: 10_000,
  /** The longest deadline a unary call may ask for. */
  deadlineMsMax: 60_000,
  /** A stream without a message for so long is closed. */
  streamIdleMsMax: 300_000,
  /** How long a write's `request_id` is remembered. */
  requestIdMsKept: 24 * 60 * 60 * 1000,
} as const;

/**
 * Options of a connection to a server, as Node's HTTP/2 takes them: in megabytes, so many that there is no limit. A caller's messages count against what Node
 * lets a connection hold, by default ten megabytes: while more than that is on its way out, the headers of every answer are refused, and a call
 * that is answered before it was sent whole never settles. What may be sent is limited by messages.
 */
export const CALLER_SESSION = { maxSessionMemory: 1_000_000 } as const;
