import type { FeatureValue } from "@throughline/kernel";
import { seriesOf } from "./online-layout.ts";
import type { PlannedView } from "./online-plan.ts";
import type { Seek, Span } from "./online-store.ts";
import { withinNs } from "./online-time.ts";
import { windowQuestions } from "./online-windows.ts";

/** Entity rows by field: each has as many values as there are rows. */
export interface RowFields {
  readonly fields: ReadonlyMap<string, readonly FeatureValue[]>;
  readonly rowCount: number;
}

/** Where the answers to the questions about one row of a view are. */
export interface Place {
  readonly seek: number;
  readonly seekEnd: number;
  readonly span: number;
  readonly spanEnd: number;
}

/** Rows that are asked about, and the questions so far. */
export interface Asking extends RowFields {
  readonly asOfNs: bigint;
  readonly seeks: Seek[];
  readonly spans: Span[];
}

/** Adds the questions about all rows; a row has no place if one of its keys is null, which nothing matches. */
export function lookUp(view: PlannedView, asking: Asking): readonly (Place | undefined)[] {
  const { fields, rowCount, asOfNs, seeks, spans } = asking;
  const keyColumns = view.keyFields.map((it) => fields.get(it) ?? []);
  const timeNs = withinNs(asOfNs);
  const places: (Place | undefined)[] = [];
  for (let row = 0; row < rowCount; row++) {
    const keys = keysOf(keyColumns, row);
    if (keys === undefined) {
      places.push(undefined);
      continue;
    }
    const [seek, span] = [seeks.length, spans.length];
    if (view.latest.length > 0) seeks.push({ series: seriesOf(view.layout, "latest", keys), timeNs });
    if (view.windows.length > 0) {
      const asked = windowQuestions(view, keys, asOfNs);
      seeks.push(...asked.seeks);
      spans.push(...asked.spans);
    }
    places.push({ seek, seekEnd: seeks.length, span, spanEnd: spans.length });
  }
  return places;
}

/** Undefined if one of them is null. By index: of a key alone, as most are, an iterator would be most of the work. */
function keysOf(columns: readonly (readonly FeatureValue[])[], row: number): readonly FeatureValue[] | undefined {
  const keys: FeatureValue[] = [];
  for (let i = 0; i < columns.length; i++) {
    const key = columns[i]?.[row] ?? null;
    if (key === null) return undefined;
    keys.push(key);
  }
  return keys;
}
