import { type OutgoingHttpHeader, type OutgoingHttpHeaders, type Server, ServerResponse } from "node:http";
import type { GatewayRequest } from "./gateway-request.ts";

/** What every answer says, whatever it is of. */
const COMMON_HEAD = {
  "x-content-type-options": "nosniff",
  // Nothing that is served here is for the pages of others, not even as a picture or a script.
  "cross-origin-resource-policy": "same-origin",
} as const;

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

export type GatewayServer = Server<typeof GatewayRequest, typeof GatewayResponse>;

/** An answer of the gateway: whichever edge begins it, its head has what all answers say. */
export class GatewayResponse extends ServerResponse<GatewayRequest> {
  #afterwards: (() => void)[] | undefined;

  /** Calls `work` when the answer is over, whether it ended or was cut off. One listener serves all who want to know. */
  whenOver(work: () => void): void {
    if (this.#afterwards) this.#afterwards.push(work);
    else {
      this.#afterwards = [work];
      this.on("close", this.#over);
    }
  }
  #over(): void {
    for (const it of this.#afterwards ?? []) it();
  }

  /** Also called by the platform, for answers that begin with their body. */
  override writeHead(status: number, reason?: string | Headers, headers?: Headers): this {
    // In one piece with the others, which costs a fraction of headers that are set one by one.
    if (typeof reason === "object" && !Array.isArray(reason))
      return super.writeHead(status, { ...COMMON_HEAD, ...reason });
    for (const [name, value] of Object.entries(COMMON_HEAD)) this.setHeader(name, value);
    return typeof reason === "string" ? super.writeHead(status, reason, headers) : super.writeHead(status, reason);
  }
}
