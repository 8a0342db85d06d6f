import { create } from "@bufbuild/protobuf";
import { DeploymentSchema, Priority } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { expect, test } from "vitest";
import { DEFAULT_EXECUTION } from "../domain/execution-settings.ts";
import { deploymentFromProto } from "./convert-registry.ts";
import { runCall } from "./run-call.ts";

const call = { signal: new AbortController().signal, timeoutMs: () => 500 };
const parameter = (value: bigint) => ({
  $typeName: "inference.InferParameter" as const,
  parameterChoice: { case: "int64Param" as const, value },
});

test("settings that are not set are the router's, and those that are set are taken", () => {
  expect(deploymentFromProto(create(DeploymentSchema, {})).execution).toBeUndefined();
  expect(deploymentFromProto(create(DeploymentSchema, { execution: {} })).execution).toEqual(DEFAULT_EXECUTION);
  const execution = {
    latencyObjective: { seconds: 0n, nanos: 20_000_000 },
    instances: 4,
    priority: Priority.LOW,
    maxBatchRows: 16,
  };
  expect(deploymentFromProto(create(DeploymentSchema, { execution })).execution).toEqual({
    latencyObjectiveMs: 20,
    instances: 4,
    priority: "low",
    batchRowsMax: 16,
  });
});

test("a request says its priority and its time by parameters; the call's own time stays a bound", () => {
  expect(runCall(call, {})).toBe(call);
  expect(runCall(call, { priority: parameter(1n) })).toMatchObject({ priority: "high" });
  expect(runCall(call, { priority: parameter(0n) })).toBe(call);
  expect(() => runCall(call, { priority: parameter(4n) })).toThrow("parameters[priority]");
  const hurried = runCall(call, { timeout: parameter(20_000n), priority: parameter(3n) });
  expect(hurried.priority).toBe("low");
  expect(hurried.timeoutMs?.()).toBeLessThanOrEqual(20);
  expect(runCall(call, { timeout: parameter(9_000_000n) }).timeoutMs?.()).toBe(500);
});
