import { setTimeout as delay } from "node:timers/promises";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import {
  FileFormat,
  MaterializeResultSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { digestOf } from "../content.ts";
import { isRecord, type JsonRecord } from "../json-record.ts";
import type { Retry } from "../lines.ts";
import { type Random, randomFrom, whole } from "../random.ts";
import { type Batch, csvOf, messagesOf } from "./batches.ts";
import { rowsCell, versionCell, withoutRows } from "./cells.ts";
import { SOURCES, type SourceId, serviceOf, sourceOf } from "./ground.ts";
import { operate } from "./operate.ts";
import type { FeatureServices } from "./services.ts";
import { writeStreams } from "./streams.ts";
import type { Load } from "./writer.ts";

/** Writes until the process is killed. */
type Writer = (load: Load) => Promise<never>;

/** Sends again what had no answer, and then lets all writers write at the same time. Ends only by a failure. */
export async function write(load: Omit<Load, "random" | "id">): Promise<never> {
  const { services, pen, orders } = load;
  for (const retry of orders.retries) await push({ services, pen }, pushedOf(retry), "again");
  const writers = [writePushes, writeStreams, writeLoads, writeReverts("events"), writeReverts("loads"), compact];
  return Promise.race(
    writers.map((writer: Writer, i) =>
      writer({ ...load, id: `${orders.life}-${i}`, random: randomFrom(orders.seed * 1_009 + orders.life * 31 + i) }),
    ),
  );
}

const PAUSE_MS_MOST = 60;

/** All writers of a process share two table processes. */
const pause = (random: Random): Promise<void> => delay(random() * PAUSE_MS_MOST);

/** The only method whose requests are sent again. */
const PUSH = "pushRows";

interface Pushed {
  readonly source: SourceId;
  readonly batch: Batch;
}

/** What is to be pushed again, as an order tells it. Fails if it tells anything else. */
function pushedOf({ method, request }: Retry): Pushed {
  const { source, batch }: JsonRecord = isRecord(request) ? request : {};
  const { name, count }: JsonRecord = isRecord(batch) ? batch : {};
  const id = SOURCES.find((it) => it === source);
  if (method !== PUSH || id === undefined || typeof name !== "string" || typeof count !== "number")
    throw new Error(`no order to push rows: ${JSON.stringify({ method, request })}`);
  return { source: id, batch: { name, count } };
}

/** Pushes a batch under a request id of its own, and gives its data version. */
async function push({ services, pen }: Pick<Load, "services" | "pen">, pushed: Pushed, again = ""): Promise<bigint> {
  const { source, batch } = pushed;
  const changes = [rowsCell(batch)];
  const request = { source, batch: { ...batch } };
  const retry: Retry = { method: PUSH, request, changes };
  const answer = await pen.write({
    what: `push rows ${again}`.trim(),
    changes,
    retry,
    call: () =>
      services.features.pushRows({
        source: sourceOf(services, source),
        rows: messagesOf(batch),
        requestId: `push ${batch.name}`,
      }),
    learnt: ({ segment }) => [versionCell(segment?.dataVersion, "PUSH")],
  });
  return answer?.segment?.dataVersion ?? 0n;
}

const writePushes: Writer = async (load) => {
  const { random, id } = load;
  for (let number = 1; ; number++) {
    const count = random() < 0.1 ? 300 : whole(random, 1, 5);
    await push(load, { source: "events", batch: { name: `p${id}-${number}`, count } });
    await pause(random);
  }
};

const writeLoads: Writer = async (load) => {
  const { random, id } = load;
  for (let number = 1; ; number++) {
    const count = random() < 0.15 ? 3_000 : whole(random, 20, 300);
    await loadFile(load, { name: `l${id}-${number}`, count });
    await materialize(load);
    await pause(random);
  }
};

/** Uploads a batch, loads it, and gives its data version. */
async function loadFile(load: Load, batch: Batch): Promise<bigint> {
  const { services, pen } = load;
  const bytes = csvOf(batch);
  const digest = digestOf(bytes);
  await pen.write({
    what: "upload a file",
    changes: [{ cell: `artifact:${digest}`, value: bytes.length }],
    call: () => services.artifacts.uploadArtifact(uploading(services.parent, bytes)),
  });
  const source = sourceOf(services, "loads");
  let dataVersion = 0n;
  await operate(load, {
    what: "load a file",
    changes: [rowsCell(batch)],
    start: () =>
      services.features.loadSource({ source, digest, format: FileFormat.CSV, requestId: `load ${batch.name}` }),
    learnt: async () => {
      const { source: found } = await services.features.getSource({ name: source });
      dataVersion = found?.segments.find((it) => it.loadedDigest === digest)?.dataVersion ?? 0n;
      return [versionCell(dataVersion, "LOAD")];
    },
  });
  return dataVersion;
}

async function* uploading(parent: string, data: Uint8Array) {
  yield { declaration: { parent } };
  yield { data };
}

const materialize = (load: Load): Promise<boolean> =>
  operate(load, {
    what: "materialise",
    changes: [],
    start: () => load.services.features.materialize({ featureService: serviceOf(load.services, "loads") }),
    learnt: async ({ response }) => {
      const { dataVersion = 0n } = (response && anyUnpack(response, MaterializeResultSchema)) ?? {};
      return [{ cell: MATERIALISED, value: Number(dataVersion) }];
    },
  });

/** The cell of the data version up to which loads are online. */
export const MATERIALISED = "materialised:loads";

/** Brings rows that it then takes out, brings back, and takes out again. */
const writeReverts =
  (source: SourceId): Writer =>
  async (load) => {
    const { random, id } = load;
    for (let number = 1; ; number++) {
      const batch = { name: `r${id}-${number}`, count: whole(random, 1, 40) };
      let last = source === "events" ? await push(load, { source, batch }) : await loadFile(load, batch);
      if (source === "loads" && random() < 0.5) await materialize(load);
      await pause(random);
      const turns = whole(random, 1, 3);
      for (let turn = 0; turn < turns; turn++) {
        const name = `${load.services.parent}/dataVersions/${last}`;
        const isDone = await operate(load, {
          what: "revert",
          changes: [turn % 2 === 0 ? withoutRows(batch) : rowsCell(batch)],
          start: () => load.services.dataVersions.revertDataVersion({ name, reason: `${batch.name} ${turn}` }),
          learnt: async () => {
            last = await revertedBy(load.services, `${batch.name} ${turn}`);
            return [versionCell(last, "REVERT")];
          },
        });
        if (!isDone) break;
        await pause(random);
      }
    }
  };

/** The data version that was made for a reason. */
async function revertedBy({ dataVersions, parent }: FeatureServices, reason: string): Promise<bigint> {
  let pageToken = "";
  do {
    const page = await dataVersions.listDataVersions({ parent, pageToken });
    const found = page.dataVersions.find((it) => it.reason === reason);
    if (found) return found.number;
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  throw new Error(`there is no data version for ${reason}`);
}

const compact: Writer = async (load) => {
  const { services, random } = load;
  for (;;) {
    await delay(random() * 600);
    const source = sourceOf(services, random() < 0.5 ? "events" : "loads");
    await operate(load, {
      what: "compact",
      changes: [],
      start: () => services.dataVersions.compactSource({ source }),
    });
  }
};
