import type { MessageInitShape } from "@bufbuild/protobuf";
import { SourceKind } from "@throughline/contracts/throughline/features/v1/definition_pb";
import type { StreamRowsRequestSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { fromNs, reasonOf, valueFromProto, valueToProto } from "@throughline/rpc";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const column = (name: string, type: ValueType) => ({ name, type });
const COLUMNS = [column("id", ValueType.INT64), column("at", ValueType.TIMESTAMP), column("n", ValueType.INT64)];

type Message = MessageInitShape<typeof StreamRowsRequestSchema>;

let platform: TestPlatform;
let [SOURCE, SERVICE] = ["", ""];
let sources = 0;
beforeAll(async () => {
  platform = await testPlatform(undefined, { filesMax: 1_000 });
});
afterAll(() => platform.close());

beforeEach(async () => {
  const id = `s${++sources}`;
  [SOURCE, SERVICE] = [`${PARENT}/sources/${id}`, `${PARENT}/featureServices/${id}`];
  const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
  const count = { function: 1, column: "", window: { seconds: 1_000n } };
  const view = `${PARENT}/featureViews/${id}`;
  await platform.definitions.applyDefinitions({
    parent: PARENT,
    definitions: {
      entities: [{ name: `${PARENT}/entities/e`, keys: COLUMNS.slice(0, 1) }],
      sources: [{ name: SOURCE, columns: COLUMNS, eventTimeColumn: "at", knowledgeTime, kind: SourceKind.STREAM }],
      featureViews: [
        {
          name: view,
          entity: `${PARENT}/entities/e`,
          source: SOURCE,
          features: [{ name: "rows", kind: { case: "aggregate", value: count } }],
        },
      ],
      featureServices: [{ name: SERVICE, views: [{ view }] }],
    },
  });
});

const rowOf = (n: number) => ({
  values: { id: valueToProto(1n), at: valueToProto({ ns: BigInt(n) }), n: valueToProto(BigInt(n)) },
});
/** Has the rows `10 n` and `10 n + 1`, or others in another round. */
const messageOf = (sequence: number, round = 0): Message => ({
  sequence: BigInt(sequence),
  rows: [rowOf(10 * sequence + 2 * round), rowOf(10 * sequence + 2 * round + 1)],
});
const begin = (streamId = "a"): Message => ({ source: SOURCE, streamId });
async function* sent(...messages: readonly Message[]) {
  yield* messages;
}
const answersTo = async (messages: AsyncIterable<Message>) => {
  const found: number[] = [];
  let error: unknown;
  try {
    for await (const it of platform.features.streamRows(messages)) found.push(Number(it.acknowledgedSequence));
  } catch (thrown) {
    error = thrown;
  }
  return { found, reason: error === undefined ? undefined : reasonOf(error) };
};
const read = async (): Promise<readonly number[]> => {
  const { rows } = await platform.dataVersions.readSource({ source: SOURCE, pageSize: 1_000 });
  return rows.map((it) => Number(valueFromProto(it.values["n"])));
};
const online = async (): Promise<number> => {
  const rows = [{ values: { id: valueToProto(1n) } }];
  const asOf = fromNs(1_000_000n);
  const { vectors } = await platform.features.getOnlineFeatures({ featureService: SERVICE, rows, asOf });
  return Number(valueFromProto(vectors[0]?.values[0]?.value));
};
const rowsOf = (sequences: readonly number[]) => sequences.flatMap((it) => [10 * it, 10 * it + 1]);
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

describe("a stream of rows", () => {
  test("is durable and online up to what is acknowledged, and what comes meanwhile is one data version", async () => {
    async function* messages() {
      yield begin();
      for (const it of upTo(200)) yield messageOf(it);
    }
    const versions = new Set<bigint>();
    let last = 0;
    for await (const { acknowledgedSequence, dataVersion } of platform.features.streamRows(messages())) {
      last = Number(acknowledgedSequence);
      if (last > 0) versions.add(dataVersion);
      expect(await online()).toBeGreaterThanOrEqual(2 * last);
    }
    expect(last).toBe(200);
    expect([await read(), await online()]).toEqual([rowsOf(upTo(200)), 400]);
    expect(versions.size).toBeLessThan(100);
    const { source } = await platform.features.getSource({ name: SOURCE });
    expect(source?.segments.length).toBe(versions.size);
  });

  test("goes on under its id, and what is sent again is not stored twice", async () => {
    for await (const { acknowledgedSequence } of platform.features.streamRows(
      (async function* () {
        yield begin();
        for (const it of upTo(3)) yield messageOf(it);
        // The line is open, and nothing comes.
        await new Promise(() => {});
      })(),
    ))
      if (acknowledgedSequence === 3n) break;
    await platform.restart();
    const { found } = await answersTo(sent(begin(), messageOf(2, 1), messageOf(3, 1), messageOf(4), messageOf(5)));
    expect([found[0], found.at(-1)]).toEqual([3, 5]);
    expect([await read(), await online()]).toEqual([rowsOf(upTo(5)), 10]);
    expect((await answersTo(sent(begin("other")))).found).toEqual([0]);
  });

  test("ends at a message that cannot be taken, behind those before it", async () => {
    const wrong = { sequence: 3n, rows: [{ values: { n: valueToProto("no number") } }] };
    expect(await answersTo(sent(begin(), messageOf(1), messageOf(2), wrong, messageOf(4)))).toEqual({
      found: [0, 1, 2],
      reason: "INVALID_FIELD",
    });
    expect(await answersTo(sent(begin(), messageOf(4)))).toMatchObject({ found: [2], reason: "SEQUENCE_GAP" });
    expect(await answersTo(sent(begin(), { rows: [rowOf(1)] }))).toMatchObject({ reason: "INVALID_FIELD" });
    expect(await answersTo(sent({ streamId: "a" }))).toMatchObject({ reason: "INVALID_FIELD" });
    expect(await answersTo(sent(begin(), { source: `${PARENT}/sources/x`, sequence: 3n, rows: [rowOf(1)] }))).toEqual({
      found: [2],
      reason: "INVALID_FIELD",
    });
    expect([await read(), await online()]).toEqual([rowsOf([1, 2]), 4]);
  });

  test("that several send at once has every message once, and other ways of adding rows go on beside it", async () => {
    const pushes = Promise.all(
      upTo(10).map((it) => platform.features.pushRows({ source: SOURCE, rows: [rowOf(100_000 + it)] })),
    );
    async function* messages(round: number) {
      yield begin();
      for (const it of upTo(40)) yield messageOf(it, round);
    }
    const all = await Promise.all([0, 1, 2].map((round) => answersTo(messages(round))));
    await pushes;
    for (const { found, reason } of all) expect([found.at(-1), reason]).toEqual([40, undefined]);
    const streamed = (await read()).filter((it) => it < 100_000);
    expect(streamed.map((it) => Math.floor(it / 10))).toEqual(upTo(40).flatMap((it) => [it, it]));
    expect(await online()).toBe(90);
  });

  test("ends with the service, which tells to open it again", async () => {
    let isEnding: Promise<void> | undefined;
    const { found, reason } = await answersTo(
      (async function* () {
        yield begin();
        isEnding = platform.restart();
        await new Promise(() => {});
      })(),
    );
    await isEnding;
    expect([found, reason]).toEqual([[0], "SERVICE_STOPPING"]);
    expect((await answersTo(sent(begin(), messageOf(1), messageOf(2)))).found.at(-1)).toBe(2);
    expect([await read(), await online()]).toEqual([rowsOf([1, 2]), 4]);
  });

  test("is refused by a source of files", async () => {
    const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
    const source = { columns: COLUMNS, eventTimeColumn: "at", knowledgeTime, kind: SourceKind.PARQUET };
    const sourceId = `files${sources}`;
    await platform.features.createSource({ parent: PARENT, sourceId, source });
    const first = { source: `${PARENT}/sources/${sourceId}`, streamId: "a" };
    expect(await answersTo(sent(first, messageOf(1)))).toEqual({ found: [0], reason: "SOURCE_KIND" });
  });
});
