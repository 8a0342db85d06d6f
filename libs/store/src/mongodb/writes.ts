import { notFound, revisionConflict } from "@throughline/kernel";
import type { ClientSession, Collection, Db } from "mongodb";
import type { DocumentWrite, RevisionWrite } from "../port.ts";
import { asDuplicate } from "./failure.ts";
import type { Stored } from "./query.ts";
import { documentsOf } from "./schema.ts";
import { encodeTree, type Tree } from "./tree.ts";

/** Another writer can insert the id between looking and inserting, and remove it again before the next look. */
const PUT_ATTEMPTS_MAX = 5;

/** Where a write happens: in a transaction, or by itself. */
interface Context {
  readonly db: Db;
  readonly session?: ClientSession;
}

/** Does one write, which can be repeated in another transaction. Returns the document's revision. */
export type Action = (context: Context) => Promise<number>;

/** Checks and encodes a write. */
export function documentAction(write: DocumentWrite): Action {
  const tree: Tree = "value" in write ? encodeTree(write.value) : { v: {}, x: null };
  return async ({ db, session }) => {
    const target = {
      collection: db.collection<Stored>(documentsOf(write.collection)),
      options: session === undefined ? {} : { session },
    };
    try {
      switch (write.kind) {
        case "insert":
          await target.collection.insertOne({ _id: write.id, r: 1, ...tree }, target.options);
          return 1;
        case "put":
          return await put(target, write.id, tree);
        default:
          return await revise(target, write, tree);
      }
    } catch (error) {
      throw asDuplicate(error, write.collection, write.id) ?? error;
    }
  };
}

/** The collection of a write, and the transaction that it is part of. */
interface Target {
  readonly collection: Collection<Stored>;
  readonly options: { readonly session?: ClientSession };
}

/** A write that needs a revision: says what stands in its way if nothing matches. */
async function revise(target: Target, write: RevisionWrite, tree: Tree): Promise<number> {
  const { id, revision } = write;
  if (await change(target, write, tree)) return { replace: revision + 1, remove: 0, check: revision }[write.kind];
  const { collection, options } = target;
  const resource = `${write.collection}/${id}`;
  const actual = await collection.findOne({ _id: { $eq: id } }, { ...options, projection: { r: 1 } });
  throw actual === null ? notFound(resource) : revisionConflict(resource, String(revision), String(actual.r));
}

/** Returns whether a document was at the revision. */
async function change({ collection, options }: Target, write: RevisionWrite, tree: Tree): Promise<boolean> {
  const at = { _id: { $eq: write.id }, r: { $eq: write.revision } };
  if (write.kind === "remove") return (await collection.deleteOne(at, options)).deletedCount === 1;
  if (write.kind === "replace")
    return (await collection.updateOne(at, { $inc: { r: 1 }, $set: tree }, options)).matchedCount === 1;
  // A read alone would not meet a concurrent change of the document: two transactions could each check what the other
  // one changes. Counting makes it a write.
  return (await collection.updateOne(at, { $inc: { checks: 1 } } as object, options)).matchedCount === 1;
}

/** Changes the document or else inserts it; both are atomic, while an upsert may meet another one halfway. */
async function put({ collection, options }: Target, id: string, tree: Tree): Promise<number> {
  const settings = { ...options, returnDocument: "after", projection: { r: 1 } } as const;
  for (let attempt = 1; ; attempt++) {
    const after = await collection.findOneAndUpdate({ _id: { $eq: id } }, { $inc: { r: 1 }, $set: tree }, settings);
    if (after !== null) return after.r;
    try {
      await collection.insertOne({ _id: id, r: 1, ...tree }, options);
      return 1;
    } catch (error) {
      const taken = asDuplicate(error, "", id)?.metadata["index"] === "id";
      if (!taken || options.session !== undefined || attempt === PUT_ATTEMPTS_MAX) throw error;
    }
  }
}
