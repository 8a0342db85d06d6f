import { alreadyExists, type Digest, invariant, notFound, type Page, pageSize } from "@throughline/kernel";
import { described } from "./artifact.ts";
import type { TableDataset } from "./dataset-store.ts";
import { artifactUnknown, artifactWithoutBytes, rowUnknown } from "./errors.ts";
import { digestOf, leafHash, pathOf, provenRoot, type RowProof } from "./merkle-proof.ts";
import { datasetName, type Key, projectName } from "./names.ts";
import { gathered, type PageRequest, pageOf } from "./page.ts";
import type { Call, Change, Tracking } from "./ports.ts";
import { plannedRecording } from "./recording.ts";
import type { TableReader } from "./table-reader.ts";

/** What the use cases of data sets work with. */
export type DatasetTracking = Tracking & { readonly reader: TableReader };

/** A data set to be made. */
export interface NewDataset {
  readonly project: string;
  readonly actor: string;
  readonly fileDigest: Digest;
  readonly displayName: string;
  readonly externalDigest: string;
}

/**
 * Reads every row of an uploaded file, and remembers the identity of the rows. Rows that the project has a data set of
 * already, whatever file they stood in, are that data set. Fails with ARTIFACT_UNKNOWN, ARTIFACT_WITHOUT_BYTES and
 * TABLE_INVALID.
 */
export async function createDataset(
  tracking: DatasetTracking,
  wanted: NewDataset,
  { call, signal }: { readonly call: Call; readonly signal: AbortSignal },
): Promise<TableDataset> {
  const { project, fileDigest } = wanted;
  const known = await tracking.lineage.artifacts(project, [fileDigest]);
  if (!known.has(fileDigest)) throw artifactUnknown(fileDigest, "dataset.file_digest");
  const sizes = await tracking.bytes.sizes([fileDigest]);
  if (!sizes.has(fileDigest)) throw artifactWithoutBytes(fileDigest);
  const table = await tracking.reader.read(fileDigest, signal);
  const id = table.digest.slice("sha256:".length).slice(0, ID_DIGITS);
  return tracking.commit(async () => {
    const before = await tracking.datasets.get({ project, id });
    if (before !== undefined) {
      if (before.digest !== table.digest) throw alreadyExists(datasetName.format({ project, dataset: id }));
      return { change: {}, response: before };
    }
    const dataset: TableDataset = { ...wanted, ...table, id, createTimeMs: tracking.clock.now() };
    return { change: { dataset, ...(await recorded(tracking, dataset)) }, response: dataset };
  }, call);
}

const ID_DIGITS = 16;

/** The thread from the file to the rows that were read from it. */
async function recorded({ lineage, clock }: DatasetTracking, dataset: TableDataset): Promise<Change> {
  const { project, id, digest, fileDigest, actor } = dataset;
  const timeMs = clock.now();
  const resource = datasetName.format({ project, dataset: id });
  const known = await lineage.artifacts(project, [digest, fileDigest]);
  const artifact = { digest, kind: "DATASET", resource, sizeBytes: 0, mediaType: "" } as const;
  const execution = {
    id: `dataset:${project}:${id}`,
    project: projectName.format({ project }),
    kind: "INGEST",
    resource,
    actor,
    timeMs,
  } as const;
  // An execution is recorded once: a file that is a Merkle root at the same time would read itself.
  if (digest === fileDigest)
    return { lineage: { artifacts: [described(known.get(digest), { artifact, project, timeMs })], executions: [] } };
  const events = [
    { digest: fileDigest, type: "INPUT", role: "file" },
    { digest, type: "OUTPUT", role: "rows" },
  ] as const;
  const record = { execution, artifacts: [artifact], events };
  return { lineage: plannedRecording(record, { project, timeMs, known, storedBytes: new Map() }) };
}

/** Fails with NOT_FOUND. */
export async function getDataset({ datasets }: Pick<DatasetTracking, "datasets">, key: Key): Promise<TableDataset> {
  const dataset = await datasets.get(key);
  if (dataset === undefined) throw notFound(datasetName.format({ project: key.project, dataset: key.id }));
  return dataset;
}

/** One page of data sets, newest first. */
export async function listDatasets(
  { datasets, pageTokens }: Pick<DatasetTracking, "datasets" | "pageTokens">,
  { project, page }: { readonly project: string; readonly page: PageRequest },
): Promise<Page<TableDataset>> {
  const size = pageSize(page.size);
  const position = ({ createTimeMs, id }: Pick<TableDataset, "createTimeMs" | "id">) => ({ createTimeMs, id });
  const tokens = pageOf<TableDataset>(pageTokens, { list: "datasets", project }, position);
  const start = tokens.read(page.token) as Pick<TableDataset, "createTimeMs" | "id"> | undefined;
  const found = await gathered<TableDataset>(
    size,
    ({ after, limit }) => {
      const last = after ?? start;
      return datasets.list({ project, limit, ...(last !== undefined && { after: last }) });
    },
    weigh,
  );
  return tokens.page(found, size, weigh);
}

const weigh = ({ displayName, columns }: TableDataset): number =>
  columns.reduce((sum, it) => sum + Buffer.byteLength(it.name) + Buffer.byteLength(it.type) + 8, 512) +
  Buffer.byteLength(displayName);

/** Which row to prove. */
export type WantedRow = { readonly rowNumber: number } | { readonly rowDigest: Digest };

/** Proves that a row is in a data set. Fails with NOT_FOUND, and with ROW_UNKNOWN if it is not. */
export async function proveRow(
  { datasets, reader }: Pick<DatasetTracking, "datasets" | "reader">,
  key: Key,
  wanted: WantedRow,
): Promise<RowProof & { readonly dataset: TableDataset }> {
  const dataset = await getDataset({ datasets }, key);
  const { rowIndex, rowCount, digest } = dataset;
  const name = datasetName.format({ project: key.project, dataset: key.id });
  const rowNumber =
    "rowNumber" in wanted ? wanted.rowNumber : await reader.findRow({ rowIndex, rowCount }, wanted.rowDigest);
  if (rowNumber === undefined || rowNumber >= rowCount)
    throw rowUnknown(name, "rowNumber" in wanted ? String(wanted.rowNumber) : wanted.rowDigest);
  const { rows, firstRow, blocks } = await reader.surroundings({ rowIndex, rowCount }, rowNumber);
  const row = rows[rowNumber - firstRow];
  invariant(row !== undefined, "a row stands among those around it");
  const path = [
    ...pathOf(
      rows.map((it) => leafHash(it)),
      rowNumber - firstRow,
    ),
    ...pathOf(blocks, Math.floor(rowNumber / reader.blockRows)),
  ].map(digestOf);
  const proof: RowProof = { rowNumber, rowCount, rowDigest: digestOf(row), path };
  invariant(provenRoot(proof) === digest, "a proof leads to the digest of its data set");
  return { ...proof, dataset };
}
