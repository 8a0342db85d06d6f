import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import {
  FeatureColumnSchema,
  OnlineService,
  type ReadColumnsRequest,
  type ReadColumnsResponse,
} from "@throughline/contracts/throughline/features/v1/online_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { inMemoryTransport, mount } from "@throughline/rpc";
import { expect, test } from "vitest";
import { featureValues } from "./feature-values.ts";

const CALL = { headers: new Headers(), signal: new AbortController().signal };
const pinned = {
  service: "projects/p/featureServices/s",
  version: 3n,
  digest: "sha256:d",
  viewVersions: {},
  names: ["weather__at", "hour", "weather__rain", "sales__rain", "weather__name"],
};

const column = (viewIndex: number, name: string, values: object) =>
  create(FeatureColumnSchema, { viewIndex, name, ...values });

const ANSWER = {
  digest: "sha256:d",
  views: [{ view: "projects/p/featureViews/weather" }, { view: "projects/p/featureViews/sales" }],
  columns: [
    column(-1, "city", { type: ValueType.STRING, stringValues: ["a", "b"] }),
    column(-1, "hour", { type: ValueType.INT64, int64Values: [7n, 8n] }),
    column(0, "rain", { type: ValueType.FLOAT64, float64Values: [-0, 0], nullRows: [1] }),
    column(1, "rain", { type: ValueType.BOOL, boolValues: [true, false] }),
    column(0, "at", { type: ValueType.TIMESTAMP, int64Values: [5n, 0n], nullRows: [1] }),
    column(0, "name", { type: ValueType.STRING, stringValues: ["x", ""] }),
  ],
};

/** A feature store that gives one answer, and what it was asked. */
function asking(answer: object, of = pinned) {
  const asked: ReadColumnsRequest[] = [];
  const readColumns = (request: ReadColumnsRequest): ReadColumnsResponse => {
    asked.push(request);
    return answer as ReadColumnsResponse;
  };
  const transport = inMemoryTransport([mount(OnlineService, { readColumns } as never)]);
  const read = featureValues({ client: createClient(OnlineService, transport), release: "r", pinned: of });
  return { asked, read: () => read(ROWS, 2_000_000_000n, CALL) };
}

const ROWS = [
  { city: "a", hour: 7n, other: 1 },
  { city: "b", hour: 8n, other: null },
];

test("the values of many rows come in the order of the release, with nulls where there are none and one zero", async () => {
  const { asked, read } = asking(ANSWER);
  const [first, second] = await read();
  expect(first).toEqual([{ ns: 5n }, 7n, 0, true, "x"]);
  expect(Object.is(first?.[2], 0)).toBe(true);
  expect(second).toEqual([null, 8n, null, false, ""]);
  expect(asked[0]).toMatchObject({ parent: "projects/p", featureService: pinned.service, version: 3n });
  expect(asked[0]?.asOf).toMatchObject({ seconds: 2n, nanos: 0 });
});

test("fields that no feature follows from travel once", async () => {
  const { asked, read } = asking(ANSWER);
  await read();
  await read();
  expect(asked.map((it) => Object.keys(it.fields))).toEqual([
    ["city", "hour", "other"],
    ["city", "hour"],
  ]);
});

test("an answer for another definition, without a feature or of fewer rows is refused", async () => {
  await expect(asking({ ...ANSWER, digest: "sha256:other" }).read()).rejects.toThrow("sha256:other");
  const more = { ...pinned, names: [...pinned.names, "sales__sum"] };
  await expect(asking(ANSWER, more).read()).rejects.toThrow("sales__sum");
  const short = [column(0, "rain", { type: ValueType.FLOAT64, float64Values: [1] })];
  const of = { ...pinned, names: ["weather__rain"] };
  await expect(asking({ ...ANSWER, columns: short }, of).read()).rejects.toThrow("1 values of rain for 2 rows");
});
