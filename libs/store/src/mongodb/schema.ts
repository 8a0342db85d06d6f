import { DomainError, digestOfBytes } from "@throughline/kernel";
import { type Db, MongoServerError } from "mongodb";
import { indexText } from "../collection.ts";
import { fieldOf } from "../field.ts";
import { ID } from "../filter.ts";
import type { CollectionDefinition, IndexDefinition } from "../port.ts";
import { treePath } from "./tree.ts";

/** The name of the collection that holds documents. */
export const documentsOf = (collection: string): string => `d_${collection}`;

/** Creates the indexes of a collection, and drops those that its definition no longer has. */
export async function createCollection<T extends object>(db: Db, definition: CollectionDefinition<T>): Promise<void> {
  const name = documentsOf(definition.name);
  await createIfMissing(db, name);
  const collection = db.collection(name);
  const wanted = definition.indexes.map(mongoIndex);
  for (const index of wanted) {
    try {
      await collection.createIndexes([index]);
    } catch (error) {
      if (error instanceof MongoServerError && error.code === 11_000) throw notUnique(index.name, error);
      throw error;
    }
  }
  const names = new Set(["_id_", ...wanted.map((index) => index.name)]);
  for (const { name: there } of await collection.indexes())
    if (there !== undefined && !names.has(there)) await collection.dropIndex(there);
}

/** A transaction cannot create collections on every server, so all are there before the first one. */
export async function createIfMissing(db: Db, name: string): Promise<void> {
  try {
    await db.createCollection(name);
  } catch (error) {
    const namespaceExists = 48;
    if (!(error instanceof MongoServerError) || error.code !== namespaceExists) throw error;
  }
}

function mongoIndex<T>(index: IndexDefinition<T>) {
  const paths = index.fields.map((path) => treePath(fieldOf(path)));
  const name = `${index.name}.${digestOfBytes(indexText(index)).slice("sha256:".length, "sha256:".length + 8)}`;
  const key = Object.fromEntries([...paths, ...(index.unique ? [] : [treePath(ID)])].map((path) => [path, 1 as const]));
  if (!index.unique) return { name, key };
  const partialFilterExpression = Object.fromEntries(paths.map((path) => [path, { $exists: true }]));
  return { name, key, unique: true, partialFilterExpression };
}

const notUnique = (index: string, cause: unknown): DomainError =>
  new DomainError(
    "precondition",
    "INDEX_NOT_UNIQUE",
    `The index ${index} cannot be made unique: documents with equal values are stored. Change those first.`,
    { metadata: { index }, cause },
  );
