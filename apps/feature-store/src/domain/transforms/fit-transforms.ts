import { digestOfBytes, digestOfJson, invariant, type Json } from "@throughline/kernel";
import { type CheckedTransforms, type Columns, checkTransforms } from "@throughline/transforms";
import type { LoadDeps, Run } from "../load-source.ts";
import { trainingSetName } from "../names.ts";
import type { TrainingSet } from "../training-set.ts";
import { checkRawColumns } from "./check-columns.ts";
import { streamedColumns } from "./training-columns.ts";
import { type FitContent, fitBytes, fitId, type TransformFit, type TransformFits } from "./transform-fit.ts";
import { fitRecord } from "./transform-lineage.ts";
import type { Learned, OpenTransformThread } from "./transforming.ts";

/** What learning and applying needs. */
export interface TransformDeps
  extends Pick<LoadDeps, "tables" | "blobs" | "outbox" | "clock" | "once" | "newScratch" | "storedFiles"> {
  readonly transformFits: TransformFits;
  readonly openTransformThread: OpenTransformThread;
}

/** What to learn, from what. */
export interface FitRequest {
  readonly transforms: CheckedTransforms;
  readonly trainingSet: TrainingSet;
  readonly actor: string;
  /** Name of the operation. */
  readonly operation: string;
}

/** Checks a definition, and that a training set has what it needs. Fails with TRANSFORMS_INVALID and INVALID_FIELD. */
export function checkFit(
  definition: Json,
  from: { readonly trainingSet: TrainingSet; readonly features: readonly string[] },
): CheckedTransforms {
  const transforms = checkTransforms(definition);
  checkRawColumns(transforms.columns, { ...from, path: "definition.columns" });
  return transforms;
}

/** Learns the constants of transforms, and keeps them. The same definition and training set give the same fit. */
export async function fitTransforms(deps: TransformDeps, request: FitRequest, run: Run): Promise<TransformFit> {
  const { transforms, trainingSet } = request;
  run.progress(0, "reading the training set");
  const definition = transforms.definition as unknown as Json;
  const learned = await learn(deps, request, run);
  run.progress(0.95, "storing the constants");
  const { project, id } = trainingSet;
  const content: FitContent = {
    definition,
    constants: learned.constants,
    trainingSet: trainingSetName.format({ project, trainingSet: id }),
    trainingSetFile: trainingSet.fileDigest,
  };
  const bytes = fitBytes(content);
  await deps.blobs.put(bytes);
  return keep(deps, request, { learned, bytes });
}

async function learn(deps: TransformDeps, { transforms, trainingSet }: FitRequest, run: Run): Promise<Learned> {
  const { signal } = run;
  await using thread = deps.openTransformThread(signal);
  await thread.begin(transforms.definition as unknown as Json);
  const file = await deps.blobs.localFile(trainingSet.fileDigest);
  const { columns, passes } = transforms;
  const { rowCount } = trainingSet;
  for (let pass = 1, isOpen = passes > 0; isOpen; pass++) {
    let rows = 0;
    for await (const piece of streamedColumns(deps.tables, { file, rowCount, columns, signal })) {
      rows += rowsOf(piece);
      await thread.add(piece);
      run.progress((0.95 * (pass - 1 + rows / rowCount)) / passes, `learning, pass ${pass} of ${passes}`);
    }
    isOpen = await thread.endPass();
  }
  // Awaited here: the thread ends with this function.
  return await thread.learned();
}

/** Before a piece is sent to the thread: its numbers are gone afterwards. */
const rowsOf = (columns: Columns): number => columns.values().next().value?.values.length ?? 0;

interface Kept {
  readonly learned: Learned;
  readonly bytes: Uint8Array;
}

async function keep(deps: TransformDeps, request: FitRequest, { learned, bytes }: Kept): Promise<TransformFit> {
  const { transformFits, outbox, clock } = deps;
  const { transforms, trainingSet, actor, operation } = request;
  const { project } = trainingSet;
  const [id, digest] = [fitId(bytes), digestOfBytes(bytes)];
  const work = async () => {
    const there = await transformFits.get(project, id);
    invariant(there === undefined || there.digest === digest, `two transform fits have the id ${id}`);
    if (there) return { writes: [], response: there };
    const types = new Map(trainingSet.columns.map((it) => [it.name, it]));
    const fit: TransformFit = {
      project,
      id,
      digest,
      sizeBytes: bytes.length,
      actor,
      definition: JSON.stringify(transforms.definition),
      definitionDigest: transforms.digest,
      constantsDigest: digestOfJson({ ...learned.constants }),
      trainingSet: trainingSet.id,
      trainingSetFileDigest: trainingSet.fileDigest,
      rowCount: learned.constants.rows,
      passCount: transforms.passes,
      inputs: learned.inputs.flatMap((it) => types.get(it.name) ?? []),
      outputs: learned.outputs,
      needs: learned.needs,
      createTimeMs: clock.now(),
    };
    return { writes: [...transformFits.adding(fit), ...outbox.writes(fitRecord(fit))], response: fit };
  };
  const identity = { requestId: operation, method: "FitTransforms.keep", principal: project, requestDigest: digest };
  const kept = await deps.once({ identity, subject: `${project}/transform-fits`, work });
  deps.storedFiles.kept([digest]);
  return kept;
}
