import { createRouterTransport } from "@connectrpc/connect";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { StudyService } from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { ValidationService } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import { digestOfBytes, notFound, resourceName } from "@throughline/kernel";
import { fromMs, toMs, translate } from "@throughline/rpc";
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
    getStudyResult: ({ name, asOf }) =>
      found(
        name === STUDY && (asOf === undefined || toMs(asOf) >= 3)
          ? { bestTrials: [{ run: "projects/p/runs/best" }] }
          : undefined,
        name,
      ),
  });
  service(FeatureStoreService, {
    getTrainingSet({ name }) {
      checked(SET, name);
      const has =
        name === "projects/p/trainingSets/t"
          ? { trainingSet: { certificateDigest: certificate ?? "", createTime: fromMs(5) } }
          : undefined;
      return found(has, name);
    },
  });
  service(ValidationService, {
    listEvaluations: ({ subject, asOf }) =>
      subject.endsWith("/1") && (asOf === undefined || toMs(asOf) >= 7)
        ? { evaluations: [{ digest: evaluated ?? "", createTime: fromMs(7) }] }
        : {},
  });
});
const findings = findingsOf({ tracking: transport, featureStore: transport, validation: transport });

test("what was found out about a version is asked for where it is known", async () => {
  expect(await findings.evaluation("projects/p/models/m/versions/1")).toEqual({ digest: evaluated, createTimeMs: 7 });
  expect(await findings.evaluation("projects/p/models/m/versions/2")).toBeUndefined();
  expect(await findings.certificate("projects/p/trainingSets/t")).toBe(certificate);
  const again = { run: "projects/p/runs/again", digests: new Set([model]) };
  expect(await findings.training("projects/p/runs/best")).toEqual({
    digests: new Set([model]),
    study: STUDY,
    replay: again,
  });
  expect(filters).toEqual(["tags.`throughline.replay_of` = 'projects/p/runs/best' AND status = 'FINISHED'"]);
});

test("what was found out later than an instant is not known of it", async () => {
  const subject = "projects/p/models/m/versions/1";
  expect(await findings.evaluation(subject, 7)).toEqual({ digest: evaluated, createTimeMs: 7 });
  expect(await findings.evaluation(subject, 6)).toBeUndefined();
  expect(await findings.certificate("projects/p/trainingSets/t", 4)).toBeUndefined();
  expect(await findings.certificate("projects/p/trainingSets/t", 5)).toBe(certificate);
  filters.length = 0;
  expect((await findings.training("projects/p/runs/best", 9))?.study).toBe(STUDY);
  expect((await findings.training("projects/p/runs/best", 2))?.study).toBeUndefined();
  expect(filters[0]).toBe(
    "tags.`throughline.replay_of` = 'projects/p/runs/best' AND status = 'FINISHED' AND end_time <= 9",
  );
});

test.each(["none", "no name at all", "it's"])("of %s nothing is known, and nothing fails", async (id) => {
  expect(await findings.certificate(`projects/p/trainingSets/${id}`)).toBeUndefined();
  expect(await findings.training(`projects/p/runs/${id}`)).toBeUndefined();
});
