import { createRouterTransport } from "@connectrpc/connect";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { StudyService } from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { ValidationService } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import { digestOfBytes, notFound, resourceName } from "@throughline/kernel";
import { fromMs, translate } from "@throughline/rpc";
import { expect, test } from "vitest";
import { findingsOf } from "./findings.ts";

const RUN = resourceName("projects/{project}/runs/{run}");
const SET = resourceName("projects/{project}/trainingSets/{set}");
const [model, certificate, evaluated] = ["model", "certificate", "evaluated"].map(digestOfBytes);
const STUDY = "projects/p/studies/s";

const runs = new Map([
  ["projects/p/runs/best", { tags: { "throughline.study": STUDY }, artifacts: [{ digest: model ?? "" }] }],
  ["projects/p/runs/again", { tags: {}, artifacts: [{ digest: model ?? "" }] }],
]);
const filters: string[] = [];

/** Fails as a service does. */
const found = <T>(value: T | undefined, name: string): T => {
  if (value === undefined) throw translate(notFound(name), () => {});
  return value;
};
const checked = (pattern: { parse(name: string): unknown }, name: string): void => {
  try {
    pattern.parse(name);
  } catch (error) {
    throw translate(error, () => {});
  }
};

const transport = createRouterTransport(({ service }) => {
  service(TrackingService, {
    getRun({ name }) {
      checked(RUN, name);
      return { run: { name, ...found(runs.get(name), name) } };
    },
    searchRuns({ filter }) {
      filters.push(filter);
      return {
        runs: filter.includes("runs/best'") ? [{ name: "projects/p/runs/again", state: RunState.FINISHED }] : [],
      };
    },
  });
  service(StudyService, {
    getStudyResult: ({ name }) =>
      found(name === STUDY ? { bestTrials: [{ run: "projects/p/runs/best" }] } : undefined, name),
  });
  service(FeatureStoreService, {
    getTrainingSet({ name }) {
      checked(SET, name);
      const has =
        name === "projects/p/trainingSets/t" ? { trainingSet: { certificateDigest: certificate ?? "" } } : undefined;
      return found(has, name);
    },
  });
  service(ValidationService, {
    listEvaluations: ({ subject }) =>
      subject.endsWith("/1") ? { evaluations: [{ digest: evaluated ?? "", createTime: fromMs(7) }] } : {},
  });
});
const findings = findingsOf({ tracking: transport, featureStore: transport, validation: transport });

test("what was found out about a version is asked for where it is known", async () => {
  expect(await findings.evaluation("projects/p/models/m/versions/1")).toEqual({ digest: evaluated, createTimeMs: 7 });
  expect(await findings.evaluation("projects/p/models/m/versions/2")).toBeUndefined();
  expect(await findings.certificate("projects/p/trainingSets/t")).toBe(certificate);
  const again = { run: "projects/p/runs/again", digests: new Set([model]) };
  expect(await findings.training("projects/p/runs/best")).toEqual({
    ...{ digests: new Set([model]), study: STUDY, replay: again },
  });
  expect(filters).toEqual(["tags.`throughline.replay_of` = 'projects/p/runs/best' AND status = 'FINISHED'"]);
});

test.each(["none", "no name at all", "it's"])("of %s nothing is known, and nothing fails", async (id) => {
  expect(await findings.certificate(`projects/p/trainingSets/${id}`)).toBeUndefined();
  expect(await findings.training(`projects/p/runs/${id}`)).toBeUndefined();
});
