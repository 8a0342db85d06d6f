import type { DescService } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import type { ServiceName } from "@throughline/contracts";
import type { Log, Telemetry } from "@throughline/telemetry";

/** A contract and its implementation, ready to be put behind any transport. */
export interface Mount {
  readonly service: DescService;
  readonly implementation: ServiceImpl<DescService>;
}

export function mount<S extends DescService>(service: S, implementation: ServiceImpl<S>): Mount {
  return { service, implementation: implementation as ServiceImpl<DescService> };
}

/** What an app gives to whoever runs it: alone behind gRPC, or with others in one process. */
export interface Service {
  readonly name: ServiceName;
  /** The contracts that it serves, bare: policy, checks, errors and telemetry are put around them by `guard`. */
  readonly mounts: readonly Mount[];
  /** Resolves if the service can do its work, and rejects with the reason otherwise. Cheap enough for a probe. */
  ready(): Promise<void>;
  /** Observes what the service itself has to tell, beside its calls. */
  measure?(meter: Telemetry["meter"]): void;
  /** Records spans of what happens within its calls. Only told where spans are recorded at all. */
  trace?(tracer: Telemetry["tracer"]): void;
  /** Writes to the log what happens in the service beside its calls. */
  tell?(log: Log): void;
  /** Ends the work in the background. Stores and other things that were passed in stay open. */
  close(): Promise<void>;
}
