/**
 * Processor time of a unary call within a process, with and without what stands around it, and of the checks of a contract.
 */
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { LogBatchRequestSchema } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import {
  GetOperationRequestSchema,
  GetOperationResponseSchema,
  OperationService,
  OperationState,
} from "@throughline/contracts/throughline/type/v1/operation_pb";
import { openTelemetry, silentLog } from "@throughline/telemetry";
import {
  callObserver,
  guard,
  inMemoryTransport,
  mount,
  operationHandlers,
  trustLocalCallers,
  validate,
} from "../src/index.ts";

const NAME = "projects/default/operations/bench.1";
const RESPONSE = create(GetOperationResponseSchema, {
  operation: { name: NAME, kind: "Bench", state: OperationState.RUNNING, progress: 0.5, message: "half of it" },
});
const never = () => Promise.reject(new Error("the bench calls GetOperation alone"));
const unused = operationHandlers({ get: never, list: never, cancel: never, watch: () => (async function* () {})() });
const bare = mount(OperationService, { ...unused, getOperation: async () => RESPONSE });
const observe = callObserver({ telemetry: openTelemetry({ serviceName: "bench" }), log: silentLog, logCalls: false });
const guarded = guard(bare, { authenticate: trustLocalCallers, observe });
const bareClient = createClient(OperationService, inMemoryTransport([bare]));
const guardedClient = createClient(OperationService, inMemoryTransport([guarded]));

const small = create(GetOperationRequestSchema, { name: NAME });
const batch = create(LogBatchRequestSchema, {
  run: "projects/default/runs/bench",
  metrics: Array.from({ length: 1_000 }, (_, i) => ({ key: `metric-${i}`, value: i / 7, step: BigInt(i) })),
});

await measure("call, bare", 200_000, () => bareClient.getOperation({ name: NAME }));
await measure("call, guarded", 200_000, () => guardedClient.getOperation({ name: NAME }));
await measure("checks of a small request", 400_000, () => validate(GetOperationRequestSchema, small));
await measure("checks of 1,000 metrics", 1_000, () => validate(LogBatchRequestSchema, batch));

async function measure(what: string, times: number, work: () => unknown): Promise<void> {
  const costs: number[] = [];
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < times / 5; i++) await work();
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / (times / 5));
  }
  // The first round warms up.
  const [best = 0] = costs.slice(1).sort((a, b) => a - b);
  console.log(`${what.padEnd(28)} ${best.toFixed(2).padStart(8)} µs`);
}
