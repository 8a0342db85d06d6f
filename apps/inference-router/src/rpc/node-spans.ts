import { readTraceContext, type Telemetry } from "@throughline/telemetry";
import type { NodeObserver } from "../domain/graph/run.ts";

/** Spans of the nodes that answer a call: children of the call's own, each with the node's name, its kind, and what came of it. */
export const nodeSpans =
  (tracer: Telemetry["tracer"]) =>
  (headers: Headers): NodeObserver => {
    const parent = readTraceContext((name) => headers.get(name));
    return ({ name, kind }) => {
      const attributes = { "graph.node": name, "graph.kind": kind };
      const span = tracer.startSpan(`node ${name}`, { attributes }, parent);
      return (outcome) => {
        span.setAttribute("graph.outcome", outcome);
        span.end();
      };
    };
  };
