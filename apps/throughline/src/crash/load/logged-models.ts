import { LoggedModelState } from "@throughline/contracts/throughline/tracking/v1/logged_model_pb";
import type { Json } from "@throughline/kernel";
import { bytesOf, digestOf, pointsOf, upload, valueAt } from "../content.ts";
import { EXPERIMENT } from "./ground.ts";
import type { Load, Writer } from "./writer.ts";

type Value = { readonly [key: string]: Json };

/** The run that makes the models of a writer, and what was written of it. */
interface Maker {
  readonly id: string;
  readonly name: string;
  points: Value;
}

/** Logged models with params, files, tags and a metric, made ready, and now and then deleted. */
export const writeLoggedModels: Writer = async (load) => {
  const { tracking, parent } = load.services;
  const id = `l${load.id}`;
  const maker: Maker = { id, name: `${parent}/runs/${id}`, points: {} };
  const run = { experiment: `${parent}/experiments/${EXPERIMENT}`, displayName: MAKER_TITLE };
  await load.pen.write({
    what: "create a run",
    changes: [{ cell: `run:${id}`, value: runValue(maker) }],
    call: () => tracking.createRun({ parent, runId: id, run }),
  });
  for (let number = 1; ; number++) await writeModel(load, maker, number);
};

const MAKER_TITLE = "logs models";

const runValue = ({ points }: Maker): Value => ({
  title: MAKER_TITLE,
  state: "RUNNING",
  parent: "",
  stage: "ACTIVE",
  params: {},
  tags: {},
  points,
  files: {},
});

async function writeModel({ services, pen, random, id }: Load, maker: Maker, number: number): Promise<void> {
  const { loggedModels, tracking, parent, files } = services;
  const loggedModelId = `m-${id}-${number}`;
  const cell = `logged:${loggedModelId}`;
  const name = `${parent}/loggedModels/${loggedModelId}`;
  const params = { depth: "3" };
  let value: Value = { state: "PENDING", stage: "ACTIVE", params, tags: {}, metrics: {}, files: {} };
  const changed = async (what: string, changes: Value, call: () => Promise<unknown>): Promise<void> => {
    value = { ...value, ...changes };
    await pen.write({ what, changes: [{ cell, value }], call });
  };
  const experiment = `${parent}/experiments/${EXPERIMENT}`;
  const loggedModel = { experiment, displayName: loggedModelId, sourceRun: maker.name, params };
  await changed("create a logged model", {}, () =>
    loggedModels.createLoggedModel({ parent, loggedModelId, loggedModel }),
  );
  const bytes = bytesOf(loggedModelId, random);
  const digest = digestOf(bytes);
  await pen.write({
    what: "upload a file",
    changes: [{ cell: `artifact:${digest}`, value: bytes.length }],
    call: () => upload(services, bytes),
  });
  await changed("put files into a logged model", { files: { "model.bin": digest } }, () =>
    files.putFiles({ parent: name, files: [{ path: "model.bin", digest }] }),
  );
  // The point is one of the run and of the model: both have it, or neither.
  const key = `score${number}`;
  maker.points = { ...maker.points, [key]: 1 };
  value = { ...value, metrics: { [key]: valueAt(0) } };
  await pen.write({
    what: "log a metric of a logged model",
    changes: [
      { cell: `run:${maker.id}`, value: runValue(maker) },
      { cell, value },
    ],
    call: () =>
      tracking.logBatch({
        run: maker.name,
        metrics: pointsOf(key, 0, 1).map((it) => ({ ...it, loggedModel: name })),
      }),
  });
  await changed("finalize a logged model", { state: "READY" }, () =>
    loggedModels.finalizeLoggedModel({ name, state: LoggedModelState.READY }),
  );
  await changed("set a tag of a logged model", { tags: { good: "yes" } }, () =>
    loggedModels.annotateLoggedModel({ name, tags: { good: "yes" } }),
  );
  if (number % 3 === 0)
    await changed("delete a logged model", { stage: "DELETED" }, () => loggedModels.deleteLoggedModel({ name }));
}
