import { Code, ConnectError, type Transport } from "@connectrpc/connect";

/** A transport to a service that is opened later than the one that calls it. */
export interface LateTransport {
  /** Fails every call with UNAVAILABLE until `reach` was called. */
  readonly transport: Transport;
  reach(service: Transport): void;
}

export function lateTransport(): LateTransport {
  let reached: Transport | undefined;
  const service = (): Transport => {
    if (reached === undefined) throw new ConnectError("the service is not open yet", Code.Unavailable);
    return reached;
  };
  return {
    transport: {
      unary: async (...call) => service().unary(...call),
      stream: async (...call) => service().stream(...call),
    },
    reach(it) {
      reached = it;
    },
  };
}
