import { SERVICES, type ServiceName, servicesOf } from "@throughline/contracts";
import {
  type Address,
  type GrpcServer,
  healthMount,
  type Readiness,
  reflectionMount,
  serveGrpc,
} from "@throughline/rpc";
import { forward, type ServiceTransports, transportOf } from "./service-transports.ts";

/** Serves every contract over gRPC at one address, and passes each call on to its service. */
export function serveEntrance(
  address: Address,
  parts: { readonly transports: ServiceTransports; readonly readiness: Readiness },
): Promise<GrpcServer> {
  const services = servicesOf(Object.keys(SERVICES) as ServiceName[]);
  const of = transportOf(parts.transports);
  const mounts = services.map((it) => forward(it, { transportOf: of }));
  const health = healthMount(
    parts.readiness,
    services.map((it) => it.typeName),
  );
  return serveGrpc({ mounts: [...mounts, health, reflectionMount(services)], ...address });
}
