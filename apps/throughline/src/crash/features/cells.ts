import type { Change } from "../lines.ts";
import { type Batch, rowsOf, shown } from "./batches.ts";

/** The cell of a batch whose rows are all there. */
export const rowsCell = ({ name, count }: Batch): Change => ({
  cell: `rows:${name}`,
  value: shown(rowsOf({ name, count })),
});

/** The cell of a batch whose rows are all gone. */
export const withoutRows = ({ name }: Batch): Change => ({ cell: `rows:${name}`, value: null });

/** The cell of what kind of commit a data version is. */
export const versionCell = (dataVersion: bigint | undefined, kind: string): Change => ({
  cell: `version:${dataVersion}`,
  value: kind,
});
