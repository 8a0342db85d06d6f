import { runService } from "@throughline/rpc";
import { openPlatform } from "./testing-router.ts";

/** A router process for the tests, run as it is run alone: serves the model `slow` until SIGTERM, and says its port in the log. */
const [, , dir = ""] = process.argv;
const platform = await openPlatform(dir);
const router = await platform.start();
const deployment = "projects/default/deployments/slow";
const release = platform.registry.release(await platform.model("slow"), { features: false });
platform.registry.deploy(deployment, { [release]: 10_000 });
await router.serving(deployment, [release]);
const address = { host: "127.0.0.1", port: 0 };
await runService({
  service: router.service,
  config: { grpc: address, admin: address, tokens: [], tracesUrl: "", logCalls: false },
  close: () => platform.close(),
});
