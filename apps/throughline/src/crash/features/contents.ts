import { valueFromProto } from "@throughline/rpc";
import type { BatchRow } from "./batches.ts";
import { type SourceId, sourceOf } from "./ground.ts";
import type { FeatureServices } from "./services.ts";

/** The rows of a source at a data version. */
export interface Contents {
  readonly dataVersion: number;
  readonly rows: readonly BatchRow[];
}

/** The rows of every source. */
export type AllContents = Readonly<Record<SourceId, Contents>>;

const PAGE = 1_000;
const NS_PER_MS = 1_000_000n;

/** Reads all rows of a source; at its newest data version unless one is given. */
export async function readContents(services: FeatureServices, id: SourceId, at?: number): Promise<Contents> {
  const rows: BatchRow[] = [];
  let pageToken = "";
  let dataVersion = at;
  do {
    const page = await services.dataVersions.readSource({
      source: sourceOf(services, id),
      pageSize: PAGE,
      pageToken,
      dataVersion: dataVersion === undefined ? "" : String(dataVersion),
    });
    // Further pages are of the data version of the first, whoever commits meanwhile.
    dataVersion ??= Number(page.dataVersion);
    for (const { values } of page.rows) {
      const of = (column: string): unknown => valueFromProto(values[column]);
      const { ns } = of("at") as { readonly ns: bigint };
      rows.push({
        id: of("id") as bigint,
        atMs: Number(ns / NS_PER_MS),
        n: of("n") as bigint,
        batch: of("batch") as string,
      });
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return { dataVersion: dataVersion ?? 0, rows };
}
