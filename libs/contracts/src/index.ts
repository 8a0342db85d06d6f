export { SERVICES, type ServiceName, servicesOf } from "./services.ts";
