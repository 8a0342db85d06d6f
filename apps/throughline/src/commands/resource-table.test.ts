import { ListFeatureViewsResponseSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ListModelsResponseSchema } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { expect, test } from "vitest";
import { resourceTable } from "./resource-table.ts";

test("a text is one line of its cell, whatever a terminal would do with it", () => {
  const description = "one\u001b[2J\r\ntwo\u009b31m\u202ethree";
  const table = resourceTable([{ name: "projects/p/models/m", description }], ListModelsResponseSchema);
  expect(table.split("\n")).toContain("│ models/m │ one [2J two 31m three │");
});

test.each([
  ["86400s", "1d"],
  ["129600s", "1d12h"],
  ["5445.000250s", "1h30m45s250us"],
  ["0.5s", "500ms"],
  ["0s", "0s"],
  ["-60s", "-1m"],
])("a length of time is as `apply` takes it: %s", (ttl, shown) => {
  const table = resourceTable([{ name: "projects/p/featureViews/v", ttl }], ListFeatureViewsResponseSchema);
  expect(table.split("\n")).toContain(`│ featureViews/v │ ${shown.padEnd(3)} │`);
});
