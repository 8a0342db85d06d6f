import { createClient, type Transport } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@throughline/contracts/grpc/health/v1/health_pb";
import { authenticateFor, endAtUncaught, grpcTransport, onceSignalled, readiness } from "@throughline/rpc";
import { jsonLog, openTelemetry } from "@throughline/telemetry";
import { parseConfig } from "./config.ts";
import { serveEntrance } from "./entrance.ts";
import { serveGateway } from "./gateway.ts";

const config = parseConfig(process.env);
// The services check who calls; here it only matters that nobody is let in from outside where they do not.
authenticateFor(config.tokens, [config.http, config.grpc]);
endAtUncaught();
const log = jsonLog((line) => process.stderr.write(line));
const telemetry = openTelemetry({ serviceName: "gateway", ...(config.tracesUrl && { tracesUrl: config.tracesUrl }) });
const transports = {
  tracking: grpcTransport(config.tracking),
  registry: grpcTransport(config.registry),
  "feature-store": grpcTransport(config.featureStore),
  validation: grpcTransport(config.validation),
  "inference-router": grpcTransport(config.inferenceRouter),
};
const state = readiness(async () => {
  await Promise.all(Object.entries(transports).map(([name, transport]) => serving(name, transport)));
});
const grpc = await serveEntrance(config.grpc, { transports, readiness: state });
const http = await serveGateway({
  ...config.http,
  transports,
  readiness: state,
  telemetry,
  log,
  consoleDir: config.consoleDir,
  hosts: config.hosts,
});
log.info({ event: "started", service: "gateway", httpPort: http.port, grpcPort: grpc.port });
onceSignalled(async () => {
  state.drain();
  await Promise.all([http.stop(25_000), grpc.stop(25_000)]);
  await telemetry.close();
});

/** Fails unless a service says that it is ready. */
async function serving(name: string, transport: Transport): Promise<void> {
  const { status } = await createClient(Health, transport).check({}, { timeoutMs: 2_000 });
  if (status !== Status.SERVING) throw new Error(`${name} is not ready`);
}
