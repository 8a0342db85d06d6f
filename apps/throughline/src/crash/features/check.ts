import { createHash } from "node:crypto";
import { OperationState } from "@throughline/contracts/throughline/type/v1/operation_pb";
import type { Json } from "@throughline/kernel";
import { compare, halfApplied, kindOf, nameOf } from "../check/compare.ts";
import { unlessMissing } from "../content.ts";
import type { Cell, Orders } from "../lines.ts";
import type { Pen } from "../pen.ts";
import { type BatchRow, shown } from "./batches.ts";
import { checkBytes, checkFolders } from "./check-bytes.ts";
import { checkOnline } from "./check-online.ts";
import { type AllContents, type Contents, readContents } from "./contents.ts";
import { prepareGround, SOURCES, sourceOf } from "./ground.ts";
import type { LoggedVersion } from "./logged-version.ts";
import { changesOf } from "./operate.ts";
import type { FeatureServices } from "./services.ts";

/** What a check is given. */
export interface Checking {
  readonly orders: Orders;
  readonly pen: Pen;
  /** True if what ended processes left was removed before the services opened. */
  readonly isSwept: boolean;
}

/** Older data versions that are read again each time. */
const AGAIN = 2;

/**
 * Compares what is there with what was acknowledged, and tells what is lost, half there, there without having been written,
 * not online, or left behind.
 */
export async function check(services: FeatureServices, checking: Checking): Promise<void> {
  const { orders, pen, isSwept } = checking;
  const problems = (whats: readonly string[]): void => {
    for (const what of whats) pen.tell({ line: "problem", what });
  };
  problems(await checkFolders(services, isSwept));
  await prepareGround(services);
  const contents = Object.fromEntries(
    await Promise.all(SOURCES.map(async (id) => [id, await readContents(services, id)])),
  ) as AllContents;
  const found = batchesOf(contents);
  const cells = Map.groupBy(orders.cells, (it) => kindOf(it.name));
  for (const cell of cells.get("rows") ?? []) compare(cell, found.get(cell.name) ?? null, pen);
  problems(halfApplied(cells.get("rows") ?? [], found));
  if (orders.whole) problems(neverWritten(found, cells.get("rows") ?? []));
  problems(await checkOperations(services, { cells: cells.get("operation") ?? [], found, pen }));
  const versions = await everyVersion(services);
  problems(checkVersions(versions, cells.get("version") ?? []));
  await checkStreams(services, { cells: cells.get("stream") ?? [], found, pen });
  await checkHistory(services, { cells: cells.get("content") ?? [], contents, checking });
  problems(await checkOnline(services, { contents, cells: cells.get("materialised") ?? [] }));
  problems(await checkBytes(services, { versions, isSwept, isWhole: orders.whole }));
}

/** What is there of each batch, by the name of its cell. */
function batchesOf(contents: AllContents): ReadonlyMap<string, Json> {
  const byBatch = Map.groupBy(
    SOURCES.flatMap((id): readonly BatchRow[] => contents[id].rows),
    (it) => it.batch,
  );
  return new Map([...byBatch].map(([batch, rows]) => [`rows:${batch}`, shown(rows)]));
}

function neverWritten(found: ReadonlyMap<string, Json>, cells: readonly Cell[]): readonly string[] {
  const known = new Set(cells.map((it) => it.name));
  return [...found.keys()].filter((it) => !known.has(it)).map((it) => `${it} is there, and nobody wrote it`);
}

interface Examined {
  readonly cells: readonly Cell[];
  readonly found: ReadonlyMap<string, Json>;
  readonly pen: Pen;
}

/** What was begun has ended: well, with all that it was to do, or as interrupted. */
async function checkOperations(services: FeatureServices, { cells, found, pen }: Examined): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { name: cell, value } of cells) {
    const name = nameOf(cell);
    const operation = (await unlessMissing(services.operations.getOperation({ name })))?.operation;
    const state = operation ? OperationState[operation.state] : "missing";
    const reason = operation?.error?.reason ?? "";
    if (typeof value === "string") {
      if (state !== value) problems.push(`${cell} is ${state} ${reason}, and not ${value}`);
      continue;
    }
    if (state === "FAILED" ? reason !== "OPERATION_INTERRUPTED" : state !== "SUCCEEDED")
      problems.push(`${cell} was begun, and is ${state} ${reason}`);
    for (const it of changesOf(value))
      if (state === "SUCCEEDED" && (found.get(it.cell) ?? null) !== it.value)
        problems.push(`${cell} has succeeded, and ${it.cell} is ${found.get(it.cell)}, and not ${it.value}`);
    pen.tell({ line: "found", cell, value: state });
  }
  return problems;
}

const KINDS = ["", "LOAD", "PUSH", "REVERT", "COMPACTION", "FORGET"];

async function everyVersion({ dataVersions, parent }: FeatureServices): Promise<readonly LoggedVersion[]> {
  const all: LoggedVersion[] = [];
  let pageToken = "";
  do {
    const page = await dataVersions.listDataVersions({ parent, pageSize: 1_000, pageToken });
    for (const it of page.dataVersions) {
      const digests = [...it.added, ...it.compacted].map((file) => file.digest);
      all.push({ number: Number(it.number), kind: KINDS[it.kind] ?? "", digests });
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return all.sort((a, b) => a.number - b.number);
}

function checkVersions(versions: readonly LoggedVersion[], cells: readonly Cell[]): readonly string[] {
  const gaps = versions.filter((it, i) => it.number !== i + 1).slice(0, 1);
  const byNumber = new Map(versions.map((it) => [String(it.number), it.kind]));
  const lost = cells.filter((it) => byNumber.get(nameOf(it.name)) !== it.value);
  return [
    ...gaps.map((it) => `data version ${it.number} is not dense among ${versions.length}`),
    ...lost.map((it) => `${it.name} is ${byNumber.get(nameOf(it.name))}, and not ${it.value}`),
  ];
}

/** A stream tells how far it is: everything up to there is there, and nothing beyond. */
async function checkStreams(services: FeatureServices, { cells, found, pen }: Examined): Promise<void> {
  for (const { name: cell, value } of cells) {
    async function* question() {
      yield { source: sourceOf(services, "events"), streamId: nameOf(cell) };
    }
    let position = 0;
    for await (const it of services.features.streamRows(question())) position = Number(it.acknowledgedSequence);
    if (position < Number(value)) pen.tell({ line: "problem", what: `${cell} is at ${position}, and not ${value}` });
    const batches = Array.from({ length: position + 5 }, (_, i) => found.has(`rows:s${nameOf(cell)}-${i + 1}`));
    if (batches.some((isThere, i) => isThere !== i < position))
      pen.tell({ line: "problem", what: `${cell} is at ${position}, with these messages: ${batches.map(Number)}` });
    pen.tell({ line: "found", cell, value: position });
  }
}

interface History {
  readonly cells: readonly Cell[];
  readonly contents: AllContents;
  readonly checking: Checking;
}

/** What a data version reads never changes: some of those that were read before are read again. */
async function checkHistory(services: FeatureServices, { cells, contents, checking }: History): Promise<void> {
  const { pen, orders } = checking;
  const again = orders.whole ? cells : cells.slice(orders.life % Math.max(1, cells.length)).slice(0, AGAIN);
  for (const { name, value } of again) {
    const [source = "", dataVersion] = nameOf(name).split("@");
    const id = SOURCES.find((it) => it === source);
    if (id === undefined) throw new Error(`${name} is of no source`);
    const now = contentOf(await readContents(services, id, Number(dataVersion)));
    if (now !== value) pen.tell({ line: "problem", what: `${name} is ${now}, and not ${value}` });
  }
  for (const id of SOURCES) {
    const { dataVersion } = contents[id];
    if (dataVersion > 0)
      pen.tell({ line: "found", cell: `content:${id}@${dataVersion}`, value: contentOf(contents[id]) });
  }
}

function contentOf({ rows }: Contents): string {
  const hash = createHash("sha256");
  for (const { id, atMs, n, batch } of rows) hash.update(`${id} ${atMs} ${n} ${batch}\n`);
  return `${rows.length} ${hash.digest("hex").slice(0, 16)}`;
}
