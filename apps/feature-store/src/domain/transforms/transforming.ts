import type { Json } from "@throughline/kernel";
import type { Column } from "@throughline/tables";
import type { Columns, OnnxNeeds, OutputRows, TransformConstants } from "@throughline/transforms";
import type { FitOutput } from "./transform-fit.ts";

/** What was learned, and what the transforms are since. */
export interface Learned {
  readonly constants: TransformConstants;
  readonly inputs: readonly Pick<Column, "name">[];
  readonly outputs: readonly FitOutput[];
  readonly needs: OnnxNeeds;
}

/** Rows of all outputs, by the name of the output. */
export type Transformed = ReadonlyMap<string, OutputRows>;

/**
 * Learns and applies transforms off the event loop: a step takes up to two microseconds a row, and a training set has millions.
 * Laws: the results are those of libs/transforms; what is asked of a thread is done in the order in which it was asked. Every call
 * can fail with TRANSFORMS_TOO_MANY_VALUES, TRANSFORMS_NOTHING_TO_LEARN, TRANSFORMS_COLUMN_INVALID and
 * TRANSFORMS_OUT_OF_MEMORY, and with the signal's reason.
 */
export interface TransformThread extends AsyncDisposable {
  /** Begins anew with a definition that was checked; with constants it is ready to be applied. */
  begin(definition: Json, constants?: TransformConstants): Promise<void>;
  /** Adds rows to the pass that is under way. */
  add(columns: Columns): Promise<void>;
  /** Ends a pass over all rows; true if the rows are needed once more. */
  endPass(): Promise<boolean>;
  /** What was learned, once no further pass is needed. */
  learned(): Promise<Learned>;
  /** Transforms rows. */
  apply(columns: Columns): Promise<Transformed>;
}

/** Opens a thread, which ends when `signal` aborts. */
export type OpenTransformThread = (signal: AbortSignal) => TransformThread;
