import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { InferenceService } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { OperationService, OperationState } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { rowDigest } from "@throughline/kernel";
import { inMemoryTransport, mount, valueToProto } from "@throughline/rpc";
import { describe, expect, test } from "vitest";
import type { ServedRun, ServedWindow } from "../domain/served/serving-log.ts";
import { servingLog } from "./serving-log.ts";

/** An owner of the log that behaves as its contract says, in one way at a time. */
function owner(work: {
  /** States of the operation, one for each watch; the last one stays. */
  readonly ends?: { readonly state: OperationState; readonly error?: { reason: string; message: string } };
  readonly isAway?: boolean;
}) {
  const cancelled: string[] = [];
  const asked: { requestId: string; actor: string | null }[] = [];
  const name = "projects/p/operations/inference-router.1";
  const transport = inMemoryTransport([
    mount(InferenceService, {
      exportPredictions({ requestId }: { requestId: string }, context: HandlerContext) {
        if (work.isAway) throw new ConnectError("away", Code.Unavailable);
        asked.push({ requestId, actor: context.requestHeader.get("throughline-actor") });
        return { operation: { name, state: OperationState.RUNNING } };
      },
      getPrediction(request: { name: string }) {
        if (!request.name.endsWith("known")) throw new ConnectError("absent", Code.NotFound);
        return { prediction: { vector: { values: [{ value: valueToProto(1n) }, { value: valueToProto(null) }] } } };
      },
    } as never),
    mount(OperationService, {
      async *watchOperation(_: unknown, { signal }: HandlerContext) {
        yield { operation: { name, state: OperationState.RUNNING, progress: 0.5, message: "half" } };
        if (work.ends) yield { operation: { name, ...work.ends } };
        else await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
      cancelOperation(request: { name: string }) {
        cancelled.push(request.name);
        return {};
      },
    } as never),
  ]);
  return { log: servingLog(transport), cancelled, asked, name };
}

const window: ServedWindow = {
  deployment: "projects/p/deployments/d",
  release: "",
  labeledOnly: true,
  startNs: undefined,
  endNs: undefined,
  knownByMs: undefined,
  labelDelayNs: 5n,
};
const runOf = (signal: AbortSignal, said: string[] = []): ServedRun => ({
  signal,
  actor: "ada",
  operation: "projects/p/operations/feature-store.1",
  progress: (share, message) => void said.push(`${share} ${message}`),
});
const reasonOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error: { reason?: string }) => error.reason ?? String(error),
  );

describe("the prediction log of another service", () => {
  test("is told who asks, and says how far it is and why it failed", async () => {
    const error = { reason: "NOTHING_TO_EXPORT", message: "no predictions" };
    const { log, asked } = owner({ ends: { state: OperationState.FAILED, error } });
    const said: string[] = [];
    const { signal } = new AbortController();
    await expect(log.predictions(window, runOf(signal, said))).rejects.toMatchObject(error);
    expect(asked).toEqual([{ requestId: "feature-store.1", actor: "ada" }]);
    expect(said[0]).toBe("0.5 half");
  });

  test("is told to stop when who asked goes away", async () => {
    const { log, cancelled, name } = owner({});
    const controller = new AbortController();
    const run = runOf(controller.signal);
    const going = log.predictions(window, { ...run, progress: () => controller.abort() });
    await expect(going).rejects.toThrow();
    expect(cancelled).toEqual([name]);
  });

  test("gives the digest of what it has under a name, and nothing for another", async () => {
    const { log } = owner({});
    const { signal } = new AbortController();
    expect(await log.rowDigest("known", signal)).toBe(rowDigest([1n, null]));
    expect(await log.rowDigest("other", signal)).toBeUndefined();
  });

  test("is unreachable where its owner is away, or nobody said where it is", async () => {
    const { signal } = new AbortController();
    expect(await reasonOf(owner({ isAway: true }).log.predictions(window, runOf(signal)))).toBe(
      "PREDICTION_LOG_UNREACHABLE",
    );
    const nowhere = servingLog(undefined);
    expect(() => nowhere.check()).toThrow(/THROUGHLINE_INFERENCE_ROUTER/);
    expect(await reasonOf(nowhere.predictions(window, runOf(signal)))).toBe("PREDICTION_LOG_UNREACHABLE");
    expect(await reasonOf(nowhere.rowDigest("known", signal))).toBe("PREDICTION_LOG_UNREACHABLE");
  });
});
