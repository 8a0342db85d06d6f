import { integer, readConfig } from "@throughline/kernel";
import { SERVICE_SETTINGS, serviceUrl } from "@throughline/rpc";
import { MODEL_CHECK } from "./service.ts";
import { allowedHosts } from "./webhook/webhook-address.ts";

const MIB = 1024 ** 2;

const WEBHOOK_SETTINGS = {
  webhookHosts: { name: "THROUGHLINE_WEBHOOK_HOSTS", parse: allowedHosts, fallback: [] },
  webhookKey: { name: "THROUGHLINE_WEBHOOK_KEY", parse: webhookKey, fallback: undefined },
};

/** What of the environment is about webhooks, for a process that composes several services. */
export function webhookOptions(env: Readonly<Record<string, string | undefined>>) {
  const { webhookHosts, webhookKey: secretKey } = readConfig(env, WEBHOOK_SETTINGS);
  return { allowedHosts: webhookHosts, ...(secretKey && { secretKey }) };
}

/** Reads the environment, and reports everything wrong with it at once. README.md has the table. */
export const parseConfig = (env: Readonly<Record<string, string | undefined>>) =>
  readConfig(env, {
    ...SERVICE_SETTINGS,
    trackingUrl: serviceUrl("THROUGHLINE_TRACKING"),
    featureStoreUrl: serviceUrl("THROUGHLINE_FEATURE_STORE"),
    validationUrl: { ...serviceUrl("THROUGHLINE_VALIDATION"), fallback: "" },
    modelMiBMax: {
      name: "THROUGHLINE_MODEL_MIB_MAX",
      parse: integer(1, 1_900),
      fallback: MODEL_CHECK.modelBytesMax / MIB,
    },
    checkMemoryMiB: {
      name: "THROUGHLINE_MODEL_CHECK_MEMORY_MIB",
      parse: integer(256, 65_536),
      fallback: MODEL_CHECK.memoryLimitMiB,
    },
    checkTimeoutMs: {
      name: "THROUGHLINE_MODEL_CHECK_TIMEOUT_MS",
      parse: integer(1_000, 55_000),
      fallback: MODEL_CHECK.timeoutMs,
    },
  });

/** 32 bytes as hexadecimal digits. */
function webhookKey(text: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new Error("expected 64 hexadecimal digits");
  return Buffer.from(text, "hex");
}
