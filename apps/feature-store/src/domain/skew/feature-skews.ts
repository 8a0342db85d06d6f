import { canonicalRowBytes } from "@throughline/kernel";
import type { TableEngine, WrittenTable } from "@throughline/tables";
import type { DataLog } from "../data-version.ts";
import type { BoundService } from "../feature-service.ts";
import type { ScratchFiles } from "../scratch.ts";
import type { SegmentLog } from "../segment.ts";
import { type ComparedRows, differencesOf, examplesOf } from "./compare-values.ts";
import { dataHistory } from "./data-history.ts";
import { describeCauses } from "./describe-causes.ts";
import { distancesOf } from "./distribution-distances.ts";
import { examineRows } from "./examined-rows.ts";
import { type Causes, findCauses } from "./find-causes.ts";
import type { ComparedFeature, JoiningDeps, KeyColumns } from "./joined-rows.ts";
import type { Differences, FeatureSkew } from "./skew-report.ts";

/** Rows that were joined, and what they were joined from. */
export interface Skewed {
  readonly project: string;
  readonly rows: ComparedRows & Pick<WrittenTable, "columns">;
  readonly keys: KeyColumns;
  readonly served: BoundService;
  readonly joined: BoundService;
  readonly dataVersion: number;
  /** Examples of each differing feature. */
  readonly exampleCount: number;
  readonly scratch: ScratchFiles;
}

/** What looking at them needs. */
export interface SkewedDeps extends JoiningDeps {
  readonly dataLog: DataLog;
  readonly segments: SegmentLog;
}

/** Distributions of features that do not differ are the same. */
const NO_DISTANCE = { jensenShannon: 0, populationStability: 0 } as const;

/** What there is to say of each feature: those that differ most often first, else in their order. */
export async function featureSkews(deps: SkewedDeps, skewed: Skewed): Promise<readonly FeatureSkew[]> {
  const { rows, exampleCount: count } = skewed;
  const differences = await differencesOf(deps.tables, rows);
  const differing = rows.features.filter((_, i) => (differences[i]?.differingCount ?? 0) > 0);
  const causes = await causesOf(deps, skewed, differing);
  const skews: FeatureSkew[] = [];
  for (const [i, feature] of rows.features.entries()) {
    const { name, view, viewVersion, servedViewVersion } = feature;
    const index = differing.indexOf(feature);
    const told = index === -1 ? [] : describeCauses({ ...skewed, causes, index, feature });
    skews.push({
      feature: name,
      view,
      viewVersion,
      servedViewVersion,
      ...(differences[i] as Differences),
      examples: [],
      distances: index === -1 ? NO_DISTANCE : await distancesOf(deps.tables, rows, feature),
      causes: told,
      examinedRowCount: told.reduce((sum, it) => sum + it.rowCount, 0),
    });
  }
  skews.sort((a, b) => b.differingCount - a.differingCount);
  return withExamples(deps.tables, { skews, rows, count });
}

async function causesOf(deps: SkewedDeps, skewed: Skewed, differing: readonly ComparedFeature[]): Promise<Causes> {
  if (differing.length === 0) return [];
  const { rows, keys, scratch } = skewed;
  const examined = await examineRows(deps, { table: rows, keys, features: differing, scratch, signal: rows.signal });
  return findCauses({ ...skewed, examined, features: differing, history: dataHistory(deps, skewed.project) });
}

/** Examples of all features together, and their bytes: a report is one document. */
const EXAMPLES_MAX = 2_000;
const EXAMPLE_BYTES_MAX = 256 * 1024;

interface Unexampled {
  readonly skews: readonly FeatureSkew[];
  readonly rows: ComparedRows;
  readonly count: number;
}

/** Adds examples, to the features with most differences first, as long as there is room. */
async function withExamples(
  tables: Pick<TableEngine, "query">,
  { skews, rows, count }: Unexampled,
): Promise<readonly FeatureSkew[]> {
  const features = new Map(rows.features.map((it) => [it.name, it]));
  const told: FeatureSkew[] = [];
  let [left, bytesLeft] = [EXAMPLES_MAX, EXAMPLE_BYTES_MAX];
  for (const skew of skews) {
    const feature = features.get(skew.feature);
    const wanted = skew.differingCount === 0 ? 0 : Math.min(count, left);
    const found = feature && wanted > 0 ? await examplesOf(tables, rows, { feature, count: wanted }) : [];
    const examples = found.filter(({ served, joined }) => {
      bytesLeft -= canonicalRowBytes([served, joined]).byteLength;
      return bytesLeft >= 0;
    });
    left -= examples.length;
    told.push({ ...skew, examples });
  }
  return told;
}
