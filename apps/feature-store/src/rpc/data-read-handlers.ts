import type { ServiceImpl } from "@connectrpc/connect";
import type { DataVersionService } from "@throughline/contracts/throughline/features/v1/data_version_service_pb";
import { notFound, pageSize } from "@throughline/kernel";
import { namedVersion } from "../domain/data-tags.ts";
import { diffVersions, sampleChanges } from "../domain/diff-versions.ts";
import type { FeatureStore } from "../domain/feature-store.ts";
import { dataVersionName, projectName, sourceName } from "../domain/names.ts";
import { readingAgain } from "../domain/reading-again.ts";
import { readSourceRows } from "../domain/source-reading.ts";
import { rowToProto } from "./convert-data.ts";
import { dataVersionToProto, differenceToProto } from "./convert-data-versions.ts";

/** The methods that read data versions. Convert, call, convert. */
export const dataReadHandlers = (store: FeatureStore) =>
  ({
    async listDataVersions(request) {
      const { project } = projectName.parse(request.parent, "parent");
      const page = await store.dataLog.list(project, { size: request.pageSize, token: request.pageToken });
      const tags = await store.tags.naming(
        project,
        page.items.map((it) => it.dataVersion),
      );
      const dataVersions = page.items.map((it) => dataVersionToProto(it, tags.get(it.dataVersion) ?? []));
      return { dataVersions, nextPageToken: page.nextPageToken };
    },
    async getDataVersion({ name }) {
      const { project, version } = dataVersionName.parse(name);
      const number = await namedVersion(store, project, version);
      const commit = await store.dataLog.get(project, number);
      if (!commit) throw notFound(name);
      const tags = await store.tags.naming(project, [number]);
      return { dataVersion: dataVersionToProto(commit, tags.get(number) ?? []) };
    },
    async diffDataVersions({ parent, from: start, to: end, sampleRowCount }, { signal }) {
      const { project } = projectName.parse(parent, "parent");
      const [from, to] = [await namedVersion(store, project, start), await namedVersion(store, project, end)];
      const { differences, rows } = await readingAgain(async () => {
        const found = await diffVersions(store, { project, from, to });
        const sample = { project, differences: found, rowCount: sampleRowCount };
        return { differences: found, rows: await sampleChanges(store, sample, signal) };
      });
      return {
        from: BigInt(from),
        to: BigInt(to),
        sources: differences.map((it) => differenceToProto(project, it)),
        rows: rows.map(({ source: { id }, isAdded, row }) => ({
          source: sourceName.format({ project, source: id }),
          added: isAdded,
          row: rowToProto(row),
        })),
      };
    },
    async readSource(request, { signal }) {
      const { project, source: id } = sourceName.parse(request.source, "source");
      const source = await store.define.source(project, id);
      const { dataVersion, offset } = await placeOf(store, project, request);
      const limit = pageSize(request.pageSize);
      const page = { source, dataVersion, offset, limit };
      const { rows, rowCount, forgottenRowCount } = await readingAgain(() => readSourceRows(store, page, signal));
      const next = offset + rows.length;
      return {
        rows: rows.map(rowToProto),
        dataVersion: BigInt(dataVersion),
        rowCount: BigInt(rowCount),
        forgottenRowCount: BigInt(forgottenRowCount),
        nextPageToken: next < rowCount ? store.pageTokens.encode(listOf(request.source), [dataVersion, next]) : "",
      };
    },
  }) satisfies Partial<ServiceImpl<typeof DataVersionService>>;

const listOf = (source: string): string[] => ["source-rows", source];

interface Place {
  readonly dataVersion: number;
  readonly offset: number;
}

/** Later pages keep to the data version of the first, whatever is committed meanwhile. */
async function placeOf(
  store: FeatureStore,
  project: string,
  request: { readonly source: string; readonly dataVersion: string; readonly pageToken: string },
): Promise<Place> {
  const at = store.pageTokens.decode(listOf(request.source), request.pageToken);
  if (Array.isArray(at)) return { dataVersion: Number(at[0]), offset: Number(at[1]) };
  return { dataVersion: await namedVersion(store, project, request.dataVersion), offset: 0 };
}
