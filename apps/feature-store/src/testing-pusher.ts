import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { valueToProto } from "@throughline/rpc";
import { openStore } from "@throughline/store";
import { testPlatform } from "./testing-platform.ts";

// Run as a process of its own by durability.test.ts, which kills it: pushes one row after the other into the folder that
// is named on the command line, and into the store and the blobs behind it, and writes the number of each row once its push was
// acknowledged. Behind every fourth row it pushes one that is wrong, with the negative number, and reverts it first.
// Segments are merged behind its back all the time, so that the end meets that too.
const [, , folder, storeUrl = "", blobs = ""] = process.argv;
const platform = await testPlatform(folder, { filesMax: 3, blobs, store: await openStore(storeUrl) });
const { features, dataVersions } = platform;
const parent = "projects/p";
const column = (name: string, type: ValueType) => ({ name, type });
const columns = [column("id", ValueType.INT64), column("at", ValueType.TIMESTAMP), column("n", ValueType.INT64)];
const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
await features.createEntity({ parent, entityId: "e", entity: { keys: columns.slice(0, 1) } });
await features.createSource({ parent, sourceId: "s", source: { columns, eventTimeColumn: "at", knowledgeTime } });
await features.applyFeatureView({
  parent,
  featureViewId: "v",
  featureView: {
    entity: `${parent}/entities/e`,
    source: `${parent}/sources/s`,
    features: [
      { name: "n", kind: { case: "column", value: "n" } },
      { name: "rows", kind: { case: "aggregate", value: { function: 1, window: { seconds: 1_000_000n } } } },
    ],
  },
});
const featureService = { views: [{ view: `${parent}/featureViews/v` }] };
await features.applyFeatureService({ parent, featureServiceId: "f", featureService });
const push = async (n: number): Promise<bigint> => {
  const at = { ns: BigInt(Math.abs(n)) };
  const values = { id: valueToProto(1n), at: valueToProto(at), n: valueToProto(BigInt(n)) };
  return (await features.pushRows({ source: `${parent}/sources/s`, rows: [{ values }] })).segment?.dataVersion ?? 0n;
};
for (let n = 1; ; n++) {
  await push(n);
  if (n % 4 === 0) {
    const name = `${parent}/dataVersions/${await push(-n)}`;
    await platform.ended((await dataVersions.revertDataVersion({ name })).operation);
  }
  process.stdout.write(`${n}\n`);
}
