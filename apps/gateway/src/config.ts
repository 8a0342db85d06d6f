import { hostPort, type Parse, readConfig, text } from "@throughline/kernel";
import { SERVICE_SETTINGS, serviceUrl } from "@throughline/rpc";

const hosts: Parse<readonly string[]> = (value) => {
  const names = value.split(",").map((it) => it.trim().toLowerCase());
  if (names.some((it) => !/^(https:\/\/)?[a-z0-9.-]+(:\d{1,5})?$/.test(it)))
    throw new Error("expected names, such as https://ml.example.com,ml:8080");
  return names;
};

/** Reads the environment, and reports everything wrong with it at once. README.md has the table. */
export const parseConfig = (env: Readonly<Record<string, string | undefined>>) =>
  readConfig(env, {
    http: { name: "THROUGHLINE_HTTP", parse: hostPort },
    grpc: SERVICE_SETTINGS.grpc,
    tokens: SERVICE_SETTINGS.tokens,
    tracesUrl: SERVICE_SETTINGS.tracesUrl,
    logCalls: SERVICE_SETTINGS.logCalls,
    hosts: { name: "THROUGHLINE_HOSTS", parse: hosts, fallback: [] },
    consoleDir: { name: "THROUGHLINE_CONSOLE", parse: text },
    tracking: serviceUrl("THROUGHLINE_TRACKING"),
    registry: serviceUrl("THROUGHLINE_REGISTRY"),
    featureStore: serviceUrl("THROUGHLINE_FEATURE_STORE"),
    validation: serviceUrl("THROUGHLINE_VALIDATION"),
    inferenceRouter: serviceUrl("THROUGHLINE_INFERENCE_ROUTER"),
  });
