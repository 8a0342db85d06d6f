export { type Gateway, type GatewayOptions, serveGateway } from "./gateway.ts";
export type { ServiceTransports } from "./service-transports.ts";
