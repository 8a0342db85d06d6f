export type { Rate } from "./budget.ts";
export type { HeaderField, HeaderList } from "./hpack/encoder.ts";
export type { ConnectionLimits } from "./limits.ts";
export type { ErrorCode } from "./protocol.ts";
export type { RequestHeaders } from "./request-head.ts";
export { Http2Server, type Http2ServerOptions } from "./server.ts";
export type { ServerStream, StreamTaker } from "./stream.ts";
export { type WholeAnswer, wholeAnswer } from "./whole-answer.ts";
