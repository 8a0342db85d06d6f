import { setTimeout as delay } from "node:timers/promises";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@throughline/contracts/grpc/health/v1/health_pb";
import { type Mount, mount } from "./mount.ts";

/** Whether a process can do its work. The probe runs at most once a second, however many ask. */
export interface Readiness {
  /** Resolves if the process is ready, and rejects with the reason otherwise. */
  check(): Promise<void>;
  /** From now on the process is not ready: it is about to stop. */
  drain(): void;
}

export function readiness(probe: () => Promise<void>, now: () => number = Date.now): Readiness {
  let draining = false;
  let last: { readonly at: number; readonly result: Promise<void> } | undefined;
  return {
    async check() {
      if (draining) throw new Error("the process is about to stop");
      if (!last || now() - last.at > 1_000) {
        const result = probe();
        result.catch(() => {});
        last = { at: now(), result };
      }
      return last.result;
    },
    drain: () => {
      draining = true;
    },
  };
}

/** The standard health service of gRPC over the given services. The empty name stands for the whole process. */
export function healthMount(state: Readiness, serviceNames: readonly string[]): Mount {
  const statusOf = async (service: string): Promise<Status> => {
    if (service !== "" && !serviceNames.includes(service)) return Status.SERVICE_UNKNOWN;
    return state.check().then(
      () => Status.SERVING,
      () => Status.NOT_SERVING,
    );
  };
  const implementation: ServiceImpl<typeof Health> = {
    async check({ service }) {
      const status = await statusOf(service);
      if (status === Status.SERVICE_UNKNOWN) throw new ConnectError(`no service is called ${service}`, Code.NotFound);
      return { status };
    },
    async list() {
      const names = ["", ...serviceNames];
      const statuses = await Promise.all(names.map(async (it) => [it, { status: await statusOf(it) }] as const));
      return { statuses: Object.fromEntries(statuses) };
    },
    async *watch({ service }, { signal }) {
      let sent: Status | undefined;
      while (!signal.aborted) {
        const status = await statusOf(service);
        if (status !== sent) yield { status };
        sent = status;
        await delay(1_000, undefined, { signal }).catch(() => {});
      }
    },
  };
  return mount(Health, implementation);
}
