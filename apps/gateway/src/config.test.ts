import { describe, expect, test } from "vitest";
import { parseConfig } from "./config.ts";

const LEAST = {
  THROUGHLINE_HTTP: "127.0.0.1:8080",
  THROUGHLINE_GRPC: "127.0.0.1:9090",
  THROUGHLINE_CONSOLE: "/console",
  THROUGHLINE_TRACKING: "http://127.0.0.1:1",
  THROUGHLINE_REGISTRY: "http://127.0.0.1:2",
  THROUGHLINE_FEATURE_STORE: "http://127.0.0.1:3",
  THROUGHLINE_VALIDATION: "http://127.0.0.1:4",
  THROUGHLINE_INFERENCE_ROUTER: "http://127.0.0.1:5",
} as const;

describe("parseConfig", () => {
  test("reads what must be set, and fills in the rest", () => {
    const config = parseConfig(LEAST);
    expect(config.http).toEqual({ host: "127.0.0.1", port: 8080 });
    expect(config.hosts).toEqual([]);
  });

  test("reads the hosts in any case, with and without ports", () => {
    expect(parseConfig({ ...LEAST, THROUGHLINE_HOSTS: "ML.example.com, ml:8080, https://ml" }).hosts).toEqual([
      "ml.example.com",
      "ml:8080",
      "https://ml",
    ]);
  });

  test.each(["*", "http://ml", "ml/", "a b", "ml:", ",", "ml,"])("%j is no list of hosts", (hosts) => {
    expect(() => parseConfig({ ...LEAST, THROUGHLINE_HOSTS: hosts })).toThrow("THROUGHLINE_HOSTS");
  });

  test("names all that is missing at once", () => {
    expect(() => parseConfig({})).toThrow(/THROUGHLINE_HTTP[\s\S]*THROUGHLINE_INFERENCE_ROUTER/);
  });
});
