import type { RequestHeaders } from "./request-head.ts";
import type { ServerStream } from "./stream.ts";
import type { WholeAnswer } from "./whole-answer.ts";

/** Who takes the requests of a server. */
export interface RequestTakers {
  /** Takes a request as soon as its headers are there, and gives its stream a taker at once. */
  readonly onStream: (stream: ServerStream) => void;
  /**
   * Asked before: all of the answer to a request that is not let in. No stream is made for it, and the rest of it is passed over, so that refusing costs a fraction of
   * taking.
   */
  readonly turnAway?: (headers: RequestHeaders) => WholeAnswer | undefined;
}
