import type { CollectionDefinition, Store } from "@throughline/store";
import type { SealedLog, SealedLogStore } from "../domain/sealing/sealed-log.ts";

const SEALED: CollectionDefinition<SealedLog> = {
  name: "inference_sealed_logs",
  indexes: [
    { name: "by_state", fields: ["deployment", "state", "hourMs", "first"] },
    { name: "by_hour", fields: ["deployment", "hourMs", "first"] },
  ],
};

const PAGE = 1_000;

/** Sealed hours as documents: one for each deployment and first segment. */
export function sealedLogStore(store: Store): SealedLogStore {
  const documents = store.collection(SEALED);
  const idOf = (deployment: string, first: string): string => `${deployment}/sealedLogs/${first}`;
  const put = (log: SealedLog) => documents.writes.put(idOf(log.deployment, log.first), log);
  return {
    begin: async (log) => void (await store.batch([put(log)])),
    finish: async (log, along) => void (await store.batch([put(log), ...along])),
    async get(deployment, first) {
      const found = (await documents.get(idOf(deployment, first)))?.value;
      return found?.state === "SEALED" ? found : undefined;
    },
    async list(deployment, { startMs, endMs, limit, after }) {
      const { documents: found, next } = await documents.find({
        where: {
          and: [
            { field: "deployment", eq: deployment },
            { field: "state", eq: "SEALED" },
            ...(startMs === undefined ? [] : [{ field: "hourMs", gte: startMs } as const]),
            ...(endMs === undefined ? [] : [{ field: "hourMs", lt: endMs } as const]),
          ],
        },
        orderBy: [
          { field: "hourMs", descending: true },
          { field: "first", descending: true },
        ],
        limit,
        ...(after !== undefined && { after }),
      });
      return { items: found.map((it) => it.value), ...(next !== undefined && { next }) };
    },
    async *since(deployment, hourMs) {
      let after: string | undefined;
      do {
        const page = await documents.find({
          where: {
            and: [
              { field: "deployment", eq: deployment },
              { field: "hourMs", gte: hourMs },
            ],
          },
          orderBy: [{ field: "hourMs" }, { field: "first" }],
          limit: PAGE,
          ...(after !== undefined && { after }),
        });
        for (const it of page.documents) yield it.value;
        after = page.next;
      } while (after !== undefined);
    },
  };
}
