import { ListModelsResponseSchema } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { expect, test } from "vitest";
import { resourceTable } from "./resource-table.ts";

test("a text is one line of its cell, whatever a terminal would do with it", () => {
  const description = "one\u001b[2J\r\ntwo\u009b31m\u202ethree";
  const table = resourceTable([{ name: "projects/p/models/m", description }], ListModelsResponseSchema);
  expect(table.split("\n")).toContain("│ models/m │ one [2J two 31m three │");
});
