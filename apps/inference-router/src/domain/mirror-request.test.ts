import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Snapshot } from "./deployment-table.ts";
import { requestMirror } from "./mirror-request.ts";
import type { Prediction } from "./prediction.ts";

const shadow = { rollout: "r", candidate: "c", basisPoints: 10_000 };
const snapshotOf = (deployment: object) => ({ deployment, routes: [] }) as unknown as Snapshot;
const prediction = { id: "p" } as unknown as Prediction;
const request = { deployment: "d", entity: {}, asOfNs: 0n, seed: "", call: { headers: new Headers() } };
const row = { deployment: "d", prediction, tensors: [], asOfNs: 0n, seed: "" };

test("nothing of a mirror comes before the answer has left, which it does in this turn of the event loop", async () => {
  const offered: string[] = [];
  const bandits = { knowledge: async () => new Map() } as never;
  const mirror = requestMirror({ bandits }, { offer: (_, { id }) => void offered.push(id) });
  mirror.row(snapshotOf({ shadow }), prediction, request);
  const rowsOf = (told: string) => () => {
    offered.push(told);
    return [row, row];
  };
  mirror.tensors(snapshotOf({ shadow }), rowsOf("rows"));
  mirror.tensors(snapshotOf({}), rowsOf("never"));
  await Promise.resolve();
  await new Promise<void>((resolve) => process.nextTick(resolve));
  expect(offered).toEqual([]);
  await nextTurn();
  expect(offered).toEqual(["p", "rows", "p", "p"]);
});
