import { digestOfBytes } from "@throughline/kernel";
import { expect, test } from "vitest";
import { registered } from "./lineage.ts";
import type { VersionContent } from "./model.ts";

const VERSION: VersionContent = {
  name: "projects/p/models/m/versions/1",
  model: "projects/p/models/m",
  version: 1,
  digest: digestOfBytes("content"),
  sizeBytes: 12_623,
  format: "OPAQUE",
  opaqueReason: "",
  run: "projects/p/runs/r",
  trainingSet: "",
  trainingSetDigest: "",
  metrics: {},
  actor: "ada",
  createTimeMs: 1,
  files: [],
  copiedFrom: "",
  runLink: "",
  sourceUri: "",
};
const FILES = [{ path: "MLmodel", digest: digestOfBytes("file"), sizeBytes: 12_623 }];
const sizes = (version: VersionContent): readonly number[] =>
  registered(version).flatMap((it) => it.artifacts.map((artifact) => artifact.sizeBytes));

test("a version of one artifact is on the thread with the size of its bytes", () => {
  expect(sizes(VERSION)).toEqual([12_623, 12_623]);
  expect(sizes({ ...VERSION, format: "ONNX", files: FILES })).toEqual([12_623, 12_623]);
});

test("a version of files is on the thread without a size: its digest is that of their list, which is shorter", () => {
  expect(sizes({ ...VERSION, files: FILES })).toEqual([0, 0]);
});

test("ids follow from the work, and are in the order of its time", () => {
  const ids = (version: Partial<VersionContent>): readonly string[] =>
    registered({ ...VERSION, ...version }).map(({ execution }) => execution.id);
  expect(ids({})).toEqual(ids({}));
  const inTime = [1, 9, 10, 1_763_820_000_000].map((createTimeMs) => ids({ createTimeMs }));
  for (const [i, later] of inTime.slice(1).entries())
    for (const id of later) for (const earlier of inTime[i] ?? []) expect(earlier < id).toBe(true);
  const other = ids({ name: "projects/p/models/m/versions/2" });
  expect(new Set([...ids({}), ...other]).size).toBe(4);
  for (const id of [...inTime.flat(), ...other]) expect(id).toMatch(/^[a-z0-9][a-z0-9._:-]{0,255}$/);
});
