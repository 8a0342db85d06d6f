import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
// By path: what every bench over HTTP loads servers with.
import { cpuSeconds } from "../../../gateway/bench/load/process-cost.ts";
import { throughline } from "../../../gateway/bench/load/servers.ts";
import type { Peer } from "./peer.ts";

/** `throughline up`, with all rows online. */
export interface Ours extends Peer {
  /** Rows per second from the file to the online values: the load, which keeps history, and the materialisation. */
  readonly loadedPerSecond: number;
  readonly grpcPort: number;
}

/** Starts the platform, and brings `file` online as a view called `online` with the features f0 to f9. */
export async function startOurs(dir: string, { file, rows }: { readonly file: string; readonly rows: number }) {
  const server = await throughline(dir, false);
  const base = `http://127.0.0.1:${server.target.port}`;
  try {
    await define(base);
    const digest = await uploaded(base, file);
    const startMs = performance.now();
    await ended(base, `${PARENT}/sources/online:load`, { digest, format: "FILE_FORMAT_PARQUET" });
    const loadedMs = performance.now();
    await ended(base, `${PARENT}/featureViews:materialize`, {});
    const endMs = performance.now();
    const ours: Ours = {
      name: server.name,
      target: server.target,
      grpcPort: server.grpcPort ?? 0,
      materializedPerSecond: rows / ((endMs - loadedMs) / 1_000),
      loadedPerSecond: rows / ((endMs - startMs) / 1_000),
      cpuSeconds: () => cpuSeconds(server.pid),
      stop: server.stop,
    };
    return ours;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

export const PARENT = "projects/default";
const NAMES = Array.from({ length: 10 }, (_, j) => `f${j}`);

async function define(base: string): Promise<void> {
  const column = (name: string, type: string) => ({ name, type: `VALUE_TYPE_${type}` });
  const key = column("entity_id", "INT64");
  const columns = [key, column("event_timestamp", "TIMESTAMP"), ...NAMES.map((name) => column(name, "FLOAT64"))];
  const source = { columns, eventTimeColumn: "event_timestamp", knowledgeDelay: "0s" };
  const featureView = {
    entity: `${PARENT}/entities/item`,
    source: `${PARENT}/sources/online`,
    features: NAMES.map((name) => ({ name, column: name })),
    ttl: `${365 * 86_400}s`,
  };
  await post(base, `${PARENT}/entities`, { entityId: "item", entity: { keys: [key] } });
  await post(base, `${PARENT}/sources`, { sourceId: "online", source });
  await post(base, `${PARENT}/featureViews:apply`, { featureViewId: "online", featureView });
  const featureService = { views: [{ view: `${PARENT}/featureViews/online` }] };
  await post(base, `${PARENT}/featureServices:apply`, { featureServiceId: "online", featureService });
}

async function uploaded(base: string, file: string): Promise<string> {
  const { size } = await stat(file);
  const query = "declaration.kind=ARTIFACT_KIND_FILE&declaration.mediaType=application/vnd.apache.parquet";
  const answer = await fetch(`${base}/v1/${PARENT}/artifacts:upload?${query}`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream", "content-length": String(size) },
    body: createReadStream(file) as unknown as NonNullable<RequestInit["body"]>,
    // A stream is sent as it is read.
    duplex: "half",
  } as RequestInit);
  const { artifact } = (await checked(answer)) as { readonly artifact: { readonly digest: string } };
  return artifact.digest;
}

/** Starts an operation, and waits for its end. */
async function ended(base: string, path: string, body: unknown): Promise<void> {
  const { operation } = (await post(base, path, body)) as { readonly operation: { readonly name: string } };
  const answer = await fetch(`${base}/v1/${operation.name}:watch`);
  const last = (await answer.text()).trim().split("\n").at(-1) ?? "";
  if (!last.includes('"OPERATION_STATE_SUCCEEDED"')) throw new Error(`${path} ended with ${last}`);
}

const post = async (base: string, path: string, body: unknown): Promise<unknown> =>
  checked(
    await fetch(`${base}/v1/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  );

async function checked(answer: Response): Promise<unknown> {
  if (answer.ok) return answer.json();
  throw new Error(`${answer.url} was answered ${answer.status}: ${await answer.text()}`);
}
