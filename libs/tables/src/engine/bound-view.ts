import type { ViewInput } from "../join-plan.ts";
import type { Column } from "../table.ts";

/** A view whose columns were found in its files. */
export interface BoundView<V extends ViewInput = ViewInput> {
  readonly view: V;
  /** Pairs of equal types, the spine's column and the view's. */
  readonly keys: readonly { readonly spine: Column; readonly view: Column }[];
  readonly eventTime: Column;
  readonly knowledgeTime: Column;
  /** What is read, in the order of the output columns; undefined where all rows are counted. */
  readonly inputs: readonly (Column | undefined)[];
  readonly outputs: readonly Column[];
}
