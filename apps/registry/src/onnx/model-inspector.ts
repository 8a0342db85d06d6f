import type { BlobInfo, BlobStore } from "@throughline/blobs";
import { isDomainError } from "@throughline/kernel";
import { checksBusy, modelInvalid, modelTooLarge, signatureMismatch } from "../domain/errors.ts";
import type { Signature, TensorSpec } from "../domain/model.ts";
import { fitInvalid, notAttachable } from "../domain/model-errors.ts";
import type { ModelFacts, ModelInspector, StoredBytes } from "../domain/model-inspector.ts";
import type { RuntimeValue } from "./check-messages.ts";
import { type CheckProcessLimits, type CheckResult, runAttach, runCheck, runGather } from "./check-process.ts";
import { datatypeOfRuntime } from "./element-type.ts";
import type { OnnxLimits } from "./limits.ts";

/** How models are checked when they are registered. */
export interface ModelCheckOptions extends CheckProcessLimits {
  /** Checks that run at the same time. */
  readonly concurrentMax: number;
  /** Checks that may wait for their turn. */
  readonly waitingMax: number;
  readonly onnx: OnnxLimits;
  /** Most bytes of a model. */
  readonly modelBytesMax: number;
}

/** Checks models of `blobs`, each in a process of its own. */
export function modelInspector(blobs: BlobStore, options: ModelCheckOptions): ModelInspector {
  const turns = limitedTurns(options);
  return {
    inspect: ({ digest, sizeBytes }) =>
      turns(async () => {
        const result = await runCheck({ sizeBytes, limits: options.onnx }, blobs.get(digest), options);
        return factsOf(result, options);
      }),
    gather: (model, files) =>
      turns(async () => {
        const scattered = {
          sizeBytes: model.sizeBytes,
          bytes: blobs.get(model.digest),
          files: new Map([...files].map(([path, it]) => [path, { ...it, bytes: () => blobs.get(it.digest) }])),
        };
        const sizes = [...files.values()].map((it) => it.sizeBytes);
        const sizeBytes = sizes.reduce((sum, it) => sum + it, model.sizeBytes);
        const kept = keptModel(blobs, { sizeBytes, most: options.modelBytesMax });
        return gatheredOf(await runGather(scattered, kept.output, options), kept.stored(), options);
      }),
    attach: (model, fit) =>
      turns(async () => {
        const attachment = {
          sizeBytes: model.sizeBytes,
          fitSizeBytes: fit.sizeBytes,
          bytes: blobs.get(model.digest),
          fit: blobs.get(fit.digest),
        };
        const sizeBytes = model.sizeBytes + fit.sizeBytes;
        const kept = keptModel(blobs, { sizeBytes, most: options.modelBytesMax });
        return attachedOf(await runAttach(attachment, kept.output, options), kept.stored(), options);
      }),
  };
}

/** Keeps a model that a process writes, which has about so many bytes, unless it has too many. */
function keptModel(blobs: BlobStore, { sizeBytes, most }: { readonly sizeBytes: number; readonly most: number }) {
  let stored: BlobInfo | undefined;
  return {
    stored: () => stored,
    async output(written: AsyncIterable<Uint8Array>): Promise<void> {
      stored = await blobs.put(written, { sizeMax: most }).catch((error: unknown) => {
        if (!isDomainError(error, "BLOB_TOO_LARGE")) throw error;
        throw modelTooLarge(sizeBytes, most);
      });
    },
  };
}

function factsOf({ answers, end }: CheckResult, limits: CheckProcessLimits): ModelFacts {
  const report = answers.find((it) => it.kind === "inspected")?.report;
  if (report?.kind === "refused") throw modelInvalid(report.problems);
  const refused = answers.find((it) => it.kind === "unloadable");
  if (refused)
    throw modelInvalid([{ path: "model", description: `the runtime refuses it: ${tidied(refused.message)}` }]);
  const loaded = answers.find((it) => it.kind === "loaded");
  if (!report || !loaded)
    throw modelInvalid([
      { path: "model", description: died(end, limits, report ? "loading it in the runtime" : "reading it") },
    ]);
  compare(report.facts.signature, loaded);
  const sample = answers.find((it) => it.kind === "sampled")?.result;
  if (!sample) throw modelInvalid([{ path: "model", description: died(end, limits, "running a row of zeros") }]);
  if (sample.kind === "failed" && sample.decisive)
    throw modelInvalid([{ path: "model", description: `a row of zeros fails: ${tidied(sample.message)}` }]);
  return report.facts;
}

/** What was stored is only taken if the process said to its end that this is the whole. */
function gatheredOf(
  { answers, end }: CheckResult,
  stored: BlobInfo | undefined,
  limits: CheckProcessLimits,
): StoredBytes {
  const refused = answers.find((it) => it.kind === "ungathered");
  if (refused) throw modelInvalid([{ path: "model.external_data", description: refused.message }]);
  const gathered = answers.find((it) => it.kind === "gathered");
  if (!gathered || stored?.size !== gathered.sizeBytes)
    throw modelInvalid([{ path: "model", description: died(end, limits, "putting its data into it") }]);
  return { digest: stored.digest, sizeBytes: stored.size };
}

function attachedOf(
  { answers, end }: CheckResult,
  stored: BlobInfo | undefined,
  limits: CheckProcessLimits,
): StoredBytes {
  const refused = answers.find((it) => it.kind === "unattached");
  if (refused) throw refused.isModelsFault ? notAttachable(refused.message) : fitInvalid(refused.message);
  const attached = answers.find((it) => it.kind === "attached");
  if (!attached || stored?.size !== attached.sizeBytes)
    throw modelInvalid([{ path: "model", description: died(end, limits, "putting the transforms in front of it") }]);
  return { digest: stored.digest, sizeBytes: stored.size };
}

function died(end: CheckResult["end"], { memoryLimitMiB, timeoutMs }: CheckProcessLimits, doing: string): string {
  if (end === "memory") return `${doing} takes more than the ${memoryLimitMiB} MiB of memory that a model may take`;
  if (end === "timeout") return `${doing} takes more than the ${timeoutMs} ms that a model may take`;
  return `${doing} made the checking process end`;
}

/** The runtime's messages name source files of its own build, which tell nobody anything. */
const tidied = (message: string): string => message.replace(/\/onnxruntime_src\/\S+\s*/g, "").slice(0, 800);

function compare(
  signature: Signature,
  loaded: { readonly inputs: readonly RuntimeValue[]; readonly outputs: readonly RuntimeValue[] },
): void {
  const sides = [
    ["inputs", signature.inputs, loaded.inputs],
    ["outputs", signature.outputs, loaded.outputs],
  ] as const;
  const violations = sides.flatMap(([side, declared, actual]) => {
    const [said, seen] = [declared.map(declaredText).join(", "), actual.map(actualText).join(", ")];
    return said === seen
      ? []
      : [{ path: `version.signature.${side}`, description: `the file declares ${said}, the runtime sees ${seen}` }];
  });
  if (violations.length > 0) throw signatureMismatch(violations);
}

const declaredText = ({ name, datatype }: TensorSpec): string => `${name}:${datatype}`;
const actualText = ({ name, type }: RuntimeValue): string =>
  `${name}:${type === undefined ? "no tensor" : (datatypeOfRuntime(type) ?? type)}`;

/** Lets some work run at a time and some wait; more fails with CHECKS_BUSY. */
function limitedTurns({ concurrentMax, waitingMax }: { concurrentMax: number; waitingMax: number }) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= concurrentMax) {
      if (waiting.length >= waitingMax) throw checksBusy(waitingMax);
      await new Promise<void>((resolve) => void waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
