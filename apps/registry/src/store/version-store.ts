import type { Store } from "@throughline/store";
import type { ModelVersion } from "../domain/model.ts";
import type { VersionStore } from "../domain/model-store.ts";
import { pageOf } from "./page.ts";

/** The newest version of a model that has one, under the model's name. */
interface Head {
  readonly version: number;
  readonly timeMs: number;
}

/**
 * Versions of models. The head of a model is moved in the same batch as a version is added: it is at the revision of its
 * number, so that of two writers of one number the second finds it elsewhere.
 */
export function versionStore(store: Store): VersionStore {
  const heads = store.collection<Head>({ name: "registry_model_heads", indexes: [] });
  const versions = store.collection<ModelVersion>({
    name: "registry_model_versions",
    indexes: [
      { name: "by_number", fields: ["model", "version"], unique: true },
      { name: "by_time", fields: ["model", "createTimeMs"] },
    ],
  });
  const newestFirst = [{ field: "version", descending: true }] as const;
  return {
    async newest(model, asOfMs) {
      if (asOfMs === undefined) return (await heads.get(model))?.value ?? { version: 0, timeMs: 0 };
      const where = {
        and: [
          { field: "model", eq: model },
          { field: "createTimeMs", lte: asOfMs },
        ],
      } as const;
      const found = (await versions.find({ where, orderBy: newestFirst, limit: 1 })).documents[0]?.value;
      return { version: found?.version ?? 0, timeMs: found?.createTimeMs ?? 0 };
    },
    async newestOf(models) {
      return (await heads.getMany(models)).map((it) => it?.value.version ?? 0);
    },
    append(version, newest) {
      const head: Head = { version: version.version, timeMs: version.createTimeMs };
      return [
        newest.version === 0
          ? heads.writes.insert(version.model, head)
          : heads.writes.replace(version.model, newest.version, head),
        versions.writes.insert(version.name, version),
      ];
    },
    async get(model, version) {
      return (await versions.get(`${model}/versions/${version}`))?.value;
    },
    async list(model, page) {
      const found = await versions.find({ where: { field: "model", eq: model }, orderBy: newestFirst, ...page });
      return pageOf(
        found.documents.map((it) => it.value),
        found.next,
      );
    },
  };
}
