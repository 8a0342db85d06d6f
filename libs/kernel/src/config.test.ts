import { describe, expect, test } from "vitest";
import { ConfigError, flag, hostPort, integer, oneOf, readConfig, text } from "./config.ts";

const SETTINGS = {
  address: { name: "ADDRESS", parse: hostPort },
  workers: { name: "WORKERS", parse: integer(1, 64), fallback: 2 },
  store: { name: "STORE", parse: oneOf("sqlite", "mongodb"), fallback: "sqlite" as const },
  verbose: { name: "VERBOSE", parse: flag, fallback: false },
  token: { name: "TOKEN", parse: text, fallback: undefined },
};

describe("the configuration", () => {
  test("is read with its defaults", () => {
    expect(readConfig({ ADDRESS: "127.0.0.1:9090", WORKERS: "3", VERBOSE: "" }, SETTINGS)).toEqual({
      address: { host: "127.0.0.1", port: 9090 },
      workers: 3,
      store: "sqlite",
      verbose: false,
      token: undefined,
    });
  });

  test("reports all its problems at once, each with the variable and what was expected", () => {
    const env = { WORKERS: "many", STORE: "oracle", VERBOSE: "yes" };
    let error: unknown;
    try {
      readConfig(env, SETTINGS);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems).toEqual([
      "ADDRESS is not set, and has no default",
      'WORKERS="many": expected a whole number from 1 to 64',
      'STORE="oracle": expected one of sqlite, mongodb',
      'VERBOSE="yes": expected true or false',
    ]);
    expect((error as ConfigError).message).toContain("4 problem(s)");
  });

  test.each(["", " 5", "5.0", "0x10", "1e1", "NaN", "65", "0", "-1", "٣"])(
    "takes %j for no whole number in range",
    (value) => {
      expect(() => integer(1, 64)(value)).toThrow("from 1 to 64");
    },
  );

  test("takes whole numbers at both ends of the range", () => {
    expect(["-3", "0", "7"].map(integer(-3, 7))).toEqual([-3, 0, 7]);
  });

  test("takes true, false, 1 and 0 for flags", () => {
    expect(["true", "1", "false", "0"].map(flag)).toEqual([true, true, false, false]);
  });

  test("reads addresses by name, IPv4 and IPv6", () => {
    expect(hostPort("localhost:0")).toEqual({ host: "localhost", port: 0 });
    expect(hostPort("[::1]:8080")).toEqual({ host: "::1", port: 8080 });
  });

  test.each(["8080", ":8080", "::1:8080", "host:", "host:65536", "host:-1", "host:80:81", "[::1]", "http://host:80"])(
    "takes %j for no address",
    (value) => {
      expect(() => hostPort(value)).toThrow("expected host:port");
    },
  );
});
