export { commentOf } from "./comments.ts";
export { SERVICES, type ServiceName, servicesOf } from "./services.ts";
