import { expect, test } from "vitest";
import { pageOfMlflowLink } from "./mlflow-link.ts";

test.each([
  ["/", "#/experiments/7/runs/00ff", "/p/default/runs/00ff"],
  ["/", "#/experiments/7/runs/00ff/artifacts", "/p/default/runs/00ff"],
  ["/projects/flights/", "#/experiments/7/runs/00ff", "/p/flights/runs/00ff"],
  ["/projects/flights", "#/experiments/7", "/p/flights/runs?experiment=projects%2Fflights%2Fexperiments%2F7"],
  ["/", "#/experiments/7/models/m-1", "/p/default/runs?experiment=projects%2Fdefault%2Fexperiments%2F7"],
  ["/", "#/experiments/7?searchFilter=x", "/p/default/runs?experiment=projects%2Fdefault%2Fexperiments%2F7"],
  ["/", "#/experiments", "/p/default/runs"],
  ["/", "#/models/fraud/versions/1", "/p/default/models"],
])("%s%s, as MLflow's client prints it, means %s", (pathname, hash, page) =>
  expect(pageOfMlflowLink({ pathname, hash })).toBe(page),
);

test.each([
  ["/", ""],
  ["/", "#content"],
  ["/", "#/elsewhere"],
  ["/p/default/runs", "#/experiments/7"],
  ["/projects/a/b", "#/experiments/7"],
])("%s%s is left alone", (pathname, hash) => expect(pageOfMlflowLink({ pathname, hash })).toBeUndefined());
