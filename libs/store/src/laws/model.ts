import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Collection, Store } from "../port.ts";
import { type KnownFaults, NO_FAULTS } from "./things.ts";

interface Named {
  readonly name: string | null;
}

/** What the collection should hold: by id, the revision and the name. */
type Model = Map<string, { readonly revision: number; readonly name: string | null }>;

interface Real {
  readonly store: Store;
  readonly named: Collection<Named>;
}

type Change =
  | { readonly kind: "insert" | "put"; readonly id: string; readonly name: string | null }
  | { readonly kind: "replace"; readonly id: string; readonly name: string | null; readonly stale: boolean }
  | { readonly kind: "remove" | "check"; readonly id: string; readonly stale: boolean };

/** Checks that any sequence of batches leaves the collection as it leaves a Map. `open` returns an empty store. */
export function testModel(name: string, open: () => Promise<Store>, faults: KnownFaults = NO_FAULTS): void {
  // Documents without a name do not meet in the unique index.
  const names = faults.updatesKeepInsertedUniqueValues ? fc.constant(null) : fc.constantFrom("x", "y", "X", null);
  const batches = fc.array(changeOf(names), { minLength: 1, maxLength: 4 }).map(batchCommand);

  describe(`model: ${name}`, () => {
    test("any sequence of batches does to a collection what it does to a Map", async () => {
      await fc.assert(
        fc.asyncProperty(fc.commands([batches], { maxCommands: 25 }), async (commands) => {
          const store = await open();
          const named = store.collection<Named>({
            name: "laws_named",
            indexes: [{ name: "by_name", fields: ["name"], unique: true }],
          });
          await fc.asyncModelRun(() => ({ model: new Map() as Model, real: { store, named } }), commands);
        }),
        { numRuns: 20 },
      );
    });
  });
}

function batchCommand(changes: readonly Change[]): fc.AsyncCommand<Model, Real> {
  return {
    check: () => true,
    async run(model, { store, named }) {
      const next: Model = new Map(model);
      const writes = [];
      let failure: string | undefined;
      for (const change of changes) {
        // Revisions are those that the document has within the batch, so that a batch can change it twice.
        const revision = (next.get(change.id)?.revision ?? 1) + ("stale" in change && change.stale ? 7 : 0);
        writes.push(writeOf(named, change, revision));
        failure ??= apply(next, change, revision);
      }
      const reason = await store.batch(writes).then(
        () => undefined,
        (error: { reason?: unknown }) => error.reason ?? error,
      );
      expect(reason).toBe(failure);
      if (failure === undefined) {
        model.clear();
        for (const [id, document] of next) model.set(id, document);
      }
      const { documents } = await named.find({ limit: 1000 });
      const real = documents.map(({ id, revision, value }) => [id, { revision, name: value.name }]);
      expect(new Map(real as [])).toEqual(model);
    },
    toString: () => JSON.stringify(changes),
  };
}

function writeOf({ writes }: Collection<Named>, change: Change, revision: number) {
  switch (change.kind) {
    case "replace":
      return writes.replace(change.id, revision, { name: change.name });
    case "insert":
    case "put":
      return writes[change.kind](change.id, { name: change.name });
    default:
      return writes[change.kind](change.id, revision);
  }
}

/** Changes the model, or returns the reason why the port must refuse. */
function apply(model: Model, change: Change, revision: number): string | undefined {
  const known = model.get(change.id);
  if (change.kind === "insert" && known) return "ALREADY_EXISTS";
  if ("stale" in change && known?.revision !== revision) return known ? "REVISION_CONFLICT" : "NOT_FOUND";
  if (change.kind === "remove") model.delete(change.id);
  if (!("name" in change)) return undefined;
  const holder = [...model].find(([id, { name }]) => id !== change.id && name !== null && name === change.name);
  if (holder) return "ALREADY_EXISTS";
  model.set(change.id, { revision: (known?.revision ?? 0) + 1, name: change.name });
  return undefined;
}

const ID = fc.constantFrom("a", "b", "c");
const STALE = fc.integer({ min: 0, max: 4 }).map((n) => n === 0);

const changeOf = (name: fc.Arbitrary<string | null>): fc.Arbitrary<Change> =>
  fc.oneof(
    fc.record({ kind: fc.constantFrom("insert", "put"), id: ID, name }),
    fc.record({ kind: fc.constant("replace"), id: ID, name, stale: STALE }),
    fc.record({ kind: fc.constantFrom("remove", "check"), id: ID, stale: STALE }),
  ) as fc.Arbitrary<Change>;
