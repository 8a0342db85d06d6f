import { notFound } from "@throughline/kernel";
import type { CollectionDefinition, Filter, Store } from "@throughline/store";
import { sourceName } from "../domain/names.ts";
import type { Segment, SegmentLog } from "../domain/segment.ts";
import { definitionKey, SOURCES } from "./catalog-store.ts";

const SEGMENTS: CollectionDefinition<Segment> = {
  name: "feature_store_segments",
  indexes: [{ name: "by_source", fields: ["project", "source", "dataVersion"] }],
};

interface Project {
  readonly dataVersion: number;
}

/** Most segments that are told of one source. */
const NEWEST_MAX = 1_000;

/** The log of loads, on the document port. */
export function segmentLog(store: Store): SegmentLog {
  const segments = store.collection(SEGMENTS);
  const projects = store.collection<Project>({ name: "feature_store_projects", indexes: [] });
  const sources = store.collection(SOURCES);
  const ofSource = (project: string, source: string): Filter<Segment>[] => [
    { field: "project", eq: project },
    { field: "source", eq: source },
  ];
  return {
    async committing(added) {
      const { project } = added;
      const key = definitionKey(project, added.source);
      const [head, source] = await Promise.all([projects.get(project), sources.get(key)]);
      if (!source) throw notFound(sourceName.format({ project, source: added.source }));
      const dataVersion = (head?.value.dataVersion ?? 0) + 1;
      const segment: Segment = { ...added, dataVersion, previousDataVersion: source.value.dataVersion };
      const rowCount = source.value.rowCount + added.rowCount;
      return {
        segment,
        writes: [
          head
            ? projects.writes.replace(project, head.revision, { dataVersion })
            : projects.writes.insert(project, { dataVersion }),
          sources.writes.replace(key, source.revision, { ...source.value, rowCount, dataVersion }),
          segments.writes.insert(`${project}/${String(dataVersion).padStart(12, "0")}`, segment),
        ],
      };
    },
    newestVersion: async (project) => (await projects.get(project))?.value.dataVersion ?? 0,
    async upTo(project, source, dataVersion) {
      const where = { and: [...ofSource(project, source), { field: "dataVersion", lte: dataVersion } as const] };
      const found: Segment[] = [];
      let after: string | undefined;
      do {
        const page = await segments.find({
          where,
          orderBy: [{ field: "dataVersion" }],
          limit: NEWEST_MAX,
          ...(after !== undefined && { after }),
        });
        found.push(...page.documents.map((it) => it.value));
        after = page.next;
      } while (after !== undefined);
      return found;
    },
    async newest({ project, id }) {
      const where = { and: ofSource(project, id) };
      const orderBy = [{ field: "dataVersion", descending: true }] as const;
      const { documents } = await segments.find({ where, orderBy, limit: NEWEST_MAX });
      return documents.map((it) => it.value).reverse();
    },
  };
}
