import { setTimeout as delay } from "node:timers/promises";
import { OperationState } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { fromNs, valueFromProto, valueToProto } from "@throughline/rpc";
import type { Cell } from "../lines.ts";
import { type BatchRow, ENTITIES, TIME_MS_MOST } from "./batches.ts";
import { type AllContents, readContents } from "./contents.ts";
import { type SourceId, serviceOf } from "./ground.ts";
import { ended, type FeatureServices, outcomeOf } from "./services.ts";

interface Compared {
  readonly contents: AllContents;
  /** How far loads were online that were acknowledged to be. */
  readonly cells: readonly Cell[];
}

/**
 * What was pushed is online at once. Loads are online as far as they were materialised, and maybe somewhat further;
 * materialised anew, all of them are.
 */
export async function checkOnline(
  services: FeatureServices,
  { contents, cells }: Compared,
): Promise<readonly string[]> {
  const problems = await compareExactly(services, "events", contents.events.rows);
  const materialised = Number(cells[0]?.value ?? 0);
  const before = await readOnline(services, "loads");
  const least = materialised > 0 ? (await readContents(services, "loads", materialised)).rows : [];
  const live = new Set(contents.loads.rows.map((it) => it.batch));
  for (const [i, id] of ENTITIES.entries()) {
    const count = before[i]?.count ?? 0;
    const of = (rows: readonly BatchRow[]): number => rows.filter((it) => it.id === id && live.has(it.batch)).length;
    if (count < of(least) || count > of(contents.loads.rows))
      problems.push(
        `loads: ${count} rows of ${id} are online, and not from ${of(least)} to ${of(contents.loads.rows)}`,
      );
  }
  await materializeAll(services);
  return [...problems, ...(await compareExactly(services, "loads", contents.loads.rows))];
}

const BUSY_MS_MAX = 120_000;

/** What an ended process was about to revert is let go in the background; until then nothing of it comes online. */
async function materializeAll(services: FeatureServices): Promise<void> {
  for (const end = Date.now() + BUSY_MS_MAX; ; await delay(100)) {
    const { operation } = await services.features.materialize({ featureService: serviceOf(services, "loads") });
    const last = await ended(services, operation);
    if (last?.state === OperationState.SUCCEEDED) return;
    if (last?.error?.reason !== "ONLINE_BUSY" || Date.now() > end) throw new Error(outcomeOf(last));
  }
}

interface OnlineValues {
  readonly n: number;
  readonly count: number;
  readonly sum: number;
  readonly most: number;
}

const AS_OF = fromNs(BigInt(2 * TIME_MS_MOST) * 1_000_000n);

async function readOnline(services: FeatureServices, id: SourceId): Promise<readonly OnlineValues[]> {
  const { vectors } = await services.features.getOnlineFeatures({
    featureService: serviceOf(services, id),
    asOf: AS_OF,
    rows: ENTITIES.map((it) => ({ values: { id: valueToProto(it) } })),
  });
  return vectors.map(({ values }) => {
    const [n = 0, count = 0, sum = 0, most = 0] = values.map((it) => Number(valueFromProto(it.value) ?? 0));
    return { n, count, sum, most };
  });
}

async function compareExactly(
  services: FeatureServices,
  source: SourceId,
  rows: readonly BatchRow[],
): Promise<string[]> {
  const online = await readOnline(services, source);
  return ENTITIES.flatMap((id, i) => {
    const own = rows.filter((it) => it.id === id);
    const newestMs = own.reduce((most, it) => Math.max(most, it.atMs), 0);
    // Of rows at the same time any may be the newest.
    const newest = own.filter((it) => it.atMs === newestMs).map((it) => Number(it.n));
    const numbers = own.map((it) => Number(it.n));
    const wanted = {
      n: newest.find((it) => it === online[i]?.n) ?? newest[0] ?? 0,
      count: own.length,
      sum: numbers.reduce((sum, it) => sum + it, 0),
      most: numbers.reduce((most, it) => Math.max(most, it), 0),
    };
    const [is, must] = [JSON.stringify(online[i]), JSON.stringify(wanted)];
    return is === must ? [] : [`${source}: of ${id} there is ${is} online, and not ${must}`];
  });
}
