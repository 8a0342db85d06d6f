/**
 * Logs a run with one metric, reads it back, and shows how a refused request says what was wrong:
 * `node example/main.ts http://127.0.0.1:9090`.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { type Connection, connect } from "../src/index.ts";

const connection = connect({ baseUrl: process.argv[2] ?? "http://127.0.0.1:9090" });
const name = await logRun(connection);
const { run } = await connection.tracking.getRun({ name });
for (const { key, value, step } of run?.metrics ?? []) console.log(`read ${key} ${value} at step ${step}`);
await connection.tracking.listRuns({ parent: connection.parent, pageSize: -1 }).then(() => {
  throw new Error("the wrong request was not refused");
}, showRefusal);

/** Creates an experiment and a run with one metric, and returns the name of the run. */
async function logRun({ tracking, parent }: Connection): Promise<string> {
  const displayName = `TypeScript example ${new Date().toISOString()}`;
  const { experiment } = await tracking.createExperiment({ parent, experiment: { displayName } });
  const first = { experiment: experiment?.name ?? "", displayName: "first" };
  const created = (await tracking.createRun({ parent, run: first })).run?.name ?? "";
  await tracking.logBatch({ run: created, metrics: [{ key: "auc", value: 0.75, step: 3n }] });
  console.log(`logged ${created}`);
  return created;
}

/** Prints the code, the stable reason and the fields at fault of a refused request. */
function showRefusal(thrown: unknown): void {
  const refusal = ConnectError.from(thrown);
  console.log(`refused ${Code[refusal.code]} ${refusal.findDetails(ErrorInfoSchema)[0]?.reason}`);
  for (const { field, description } of refusal.findDetails(BadRequestSchema)[0]?.fieldViolations ?? []) {
    console.log(`field ${field}: ${description}`);
  }
}
