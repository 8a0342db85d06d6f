import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@connectrpc/connect";
import { InferenceService } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { callObserver, guard, inMemoryTransport, trustLocalCallers, valueToProto } from "@throughline/rpc";
import { openTelemetry, silentLog } from "@throughline/telemetry";
import { afterAll, expect, test } from "vitest";
import { platform } from "./testing-platform.ts";

interface SentSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];
}

test("each node of an answer has a span under the caller's trace, with its kind and what came of it", async () => {
  const sent: SentSpan[] = [];
  const collector = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString("utf8"));
    for (const resource of body.resourceSpans) for (const scope of resource.scopeSpans) sent.push(...scope.spans);
    response.end("{}");
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  afterAll(() => collector.close());
  const tracesUrl = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
  const telemetry = openTelemetry({ serviceName: "inference-router", tracesUrl });
  const on = await platform();
  const router = await on.start();
  router.service.trace?.(telemetry.tracer);

  const model = (name: string) => ({
    name,
    kind: { case: "model" as const, value: { inputTensor: "input", outputTensor: "score" } },
  });
  const cases = [{ condition: "a > 1.0", node: "one" }];
  const graph = {
    nodes: [
      model("one"),
      model("other"),
      { name: "by", kind: { case: "switch" as const, value: { cases, defaultNode: "other" } } },
    ],
    outputNode: "by",
  };
  const digest = await on.model("linear3");
  const release = on.registry.graph({ graph, models: { one: digest, other: digest } });
  const deployment = "projects/default/deployments/traced";
  on.registry.deploy(deployment, { [release]: 10_000 });
  await router.serving(deployment, [release]);
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
  const entity = { a: valueToProto(2), b: valueToProto(0), c: valueToProto(0) };
  const observe = callObserver({ telemetry, log: silentLog, logCalls: false });
  const mounts = router.service.mounts.map((it) => guard(it, { authenticate: trustLocalCallers, observe }));
  const inference = createClient(InferenceService, inMemoryTransport(mounts));
  expect((await inference.predict({ deployment, entity }, { headers })).path).toEqual(["one", "by"]);
  await telemetry.close();

  const nodes = sent.filter((it) => it.name.startsWith("node "));
  const said = nodes.map(({ name, attributes }) => [
    name,
    Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue])),
  ]);
  expect(said).toEqual([
    ["node one", { "graph.node": "one", "graph.kind": "model", "graph.outcome": "output" }],
    ["node by", { "graph.node": "by", "graph.kind": "switch", "graph.outcome": "output" }],
  ]);
  const call = sent.find((it) => it.name.endsWith("/Predict"));
  expect(nodes.map((it) => [it.traceId, it.parentSpanId])).toEqual(nodes.map(() => [traceId, call?.spanId]));
});
