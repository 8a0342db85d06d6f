// The thread that learns and applies transforms. It knows nothing but the definition and the rows that it is sent. Nothing imports
// this file: it is started by transform-threads.ts.
import { parentPort } from "node:worker_threads";
import { invariant } from "@throughline/kernel";
import {
  applyTransforms,
  type CheckedTransforms,
  checkTransforms,
  fixedConstants,
  type LearningPass,
  nextPass,
  onnxNeeds,
  type PassState,
  type ReadyTransforms,
  readyTransforms,
  type TransformConstants,
} from "@throughline/transforms";
import { ELEMENT_NAMES_MAX } from "../domain/transforms/transform-fit.ts";
import type { Learned } from "../domain/transforms/transforming.ts";
import { carriedAnswer } from "../threads/carried-answer.ts";
import type { ThreadRequest } from "./thread-messages.ts";

interface Work {
  readonly transforms: CheckedTransforms;
  constants: TransformConstants;
  pass: { readonly learning: LearningPass; readonly state: PassState } | undefined;
  ready: ReadyTransforms | undefined;
}

let current: Work | undefined;

parentPort?.on(
  "message",
  async (request: ThreadRequest) => void parentPort?.postMessage(await carriedAnswer(() => done(request))),
);

function done(request: ThreadRequest): unknown {
  if (request.kind === "begin") {
    const transforms = checkTransforms(request.definition);
    const constants = request.constants ?? fixedConstants(transforms);
    current = { transforms, constants, pass: undefined, ready: undefined };
    beginPass(current);
    return undefined;
  }
  invariant(current !== undefined, "a thread begins with a definition");
  switch (request.kind) {
    case "add":
      current.pass?.learning.add(current.pass.state, request.columns);
      return undefined;
    case "endPass":
      if (current.pass) current.constants = current.pass.learning.finish(current.pass.state);
      beginPass(current);
      return current.pass !== undefined;
    case "learned":
      return learnedOf(readyOf(current));
    case "apply":
      return applyTransforms(readyOf(current), request.columns);
  }
}

function beginPass(work: Work): void {
  const learning = nextPass(work.transforms, work.constants);
  work.pass = learning && { learning, state: learning.empty() };
}

function readyOf(work: Work): ReadyTransforms {
  work.ready ??= readyTransforms(work.transforms, work.constants);
  return work.ready;
}

function learnedOf(ready: ReadyTransforms): Learned {
  return {
    constants: ready.constants,
    inputs: ready.inputs.map(({ name }) => ({ name })),
    outputs: ready.outputs.map(({ name, type, width, elementNames }) => ({
      name,
      type,
      width,
      elementNames: elementNames().slice(0, ELEMENT_NAMES_MAX),
    })),
    needs: onnxNeeds(ready),
  };
}
