import { ConfigError } from "@throughline/kernel";
import { expect, test } from "vitest";
import { parseConfig } from "./config.ts";

const ENV = {
  THROUGHLINE_GRPC: "127.0.0.1:9094",
  THROUGHLINE_STORE: "sqlite:///data/validation.db",
  THROUGHLINE_BLOBS: "file:///data/blobs",
  THROUGHLINE_DATA: "/data",
  THROUGHLINE_PAGE_SECRET: "00".repeat(32),
  THROUGHLINE_TRACKING: "http://127.0.0.1:9091",
};

test("the settings without a default are enough", () => {
  expect(parseConfig(ENV)).toMatchObject({ tableMemoryMiB: 1_024, tableThreads: 2, tableProcesses: 1 });
});

test("all problems are told at once", () => {
  const wrong = { ...ENV, THROUGHLINE_TRACKING: "ftp://x", THROUGHLINE_TABLE_THREADS: "0", THROUGHLINE_DATA: "" };
  expect(() => parseConfig(wrong)).toThrow("3 problem(s)");
  expect(() => parseConfig(wrong)).toThrow(ConfigError);
});
