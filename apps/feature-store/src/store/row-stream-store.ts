import type { Store } from "@throughline/store";
import type { RowStream, RowStreams } from "../domain/row-stream.ts";

type Stored = Omit<RowStream, "revision">;

/** How far streams of rows are, on the document port. */
export function rowStreamStore(store: Store): RowStreams {
  const streams = store.collection<Stored>({ name: "feature_store_row_streams", indexes: [] });
  // Ids of projects and sources have no slash: what is behind the second is the caller's.
  const idOf = ({ project, source, id }: Pick<RowStream, "project" | "source" | "id">) => `${project}/${source}/${id}`;
  return {
    async get(of) {
      const found = await streams.get(idOf(of));
      return found && { ...found.value, revision: found.revision };
    },
    advancing: (next, { revision }) => [
      revision === 0 ? streams.writes.insert(idOf(next), next) : streams.writes.replace(idOf(next), revision, next),
    ],
  };
}
