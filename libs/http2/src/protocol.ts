/** Numbers of HTTP/2, as RFC 9113 gives them. */

/** What a client says first (section 3.4). */
export const PREFACE: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** Bytes before the payload of each frame (section 4.1). */
export const FRAME_HEAD_BYTES = 9;
/** The largest payload that we take: the least that a server may ask for, and what callers send anyway (section 4.2). */
export const FRAME_BYTES_MAX = 16_384;
/** Of flow control, before anybody said otherwise (section 6.9.2). */
export const WINDOW_BYTES_DEFAULT = 65_535;
/** No window may become larger (section 6.9.1). */
export const WINDOW_BYTES_MAX = 2 ** 31 - 1;

/** Types of frames (section 6). */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags of frames; `ack` is of settings and pings. */
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

/** Settings (section 6.5.2). */
export const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

/** Why a stream or a connection ends (section 7). */
export const ERROR = {
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSize: 6,
  refusedStream: 7,
  cancel: 8,
  compression: 9,
  connect: 10,
  enhanceYourCalm: 11,
} as const;

export type ErrorCode = (typeof ERROR)[keyof typeof ERROR];

/** The connection cannot go on. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** One stream cannot go on; the others of its connection do. */
export class StreamError extends Error {
  override readonly name = "StreamError";
  readonly stream: number;
  readonly code: ErrorCode;
  constructor(stream: number, code: ErrorCode, message: string) {
    super(message);
    this.stream = stream;
    this.code = code;
  }
}
