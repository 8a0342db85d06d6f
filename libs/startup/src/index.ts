export { type Base, type BaseSettings, openBase } from "./base.ts";
export { type ServiceParts, type ServiceSettings, startService } from "./start-service.ts";
