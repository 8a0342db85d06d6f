import type { Transport } from "@connectrpc/connect";
import { type PageTokens, pageTokens } from "@throughline/kernel";
import { endAtUncaught, grpcTransport, type RunConfig, runService, type Service } from "@throughline/rpc";
import { type Base, type BaseSettings, openBase } from "./base.ts";

/** What starting a service takes from its configuration: the values of SERVICE_SETTINGS fit, and those of `tableSettings`. */
export interface ServiceSettings extends BaseSettings, RunConfig {
  readonly pageSecret: Uint8Array;
  /** What the service shows to others. Empty: nothing. */
  readonly serviceToken: string;
}

/** What every service is made of. */
export interface ServiceParts extends Pick<Base, "tables" | "engines" | "folder"> {
  readonly shared: Pick<Base, "store" | "blobs" | "clock" | "newId"> & { readonly pageTokens: PageTokens };
  /** The token that the service shows to others; undefined if it has none. */
  readonly token: string | undefined;
  /** Another service at its address. */
  reach(url: string): Transport;
}

/** Opens what a service stands on, makes it, and serves it alone until a signal ends the process. */
export async function startService(
  settings: ServiceSettings,
  environment: Readonly<Record<string, string | undefined>>,
  create: (parts: ServiceParts) => Promise<Service>,
): Promise<void> {
  endAtUncaught();
  const { store, blobs, clock, newId, close, ...rest } = await openBase(settings, environment);
  const token = settings.serviceToken === "" ? undefined : settings.serviceToken;
  const service = await create({
    ...rest,
    shared: { store, blobs, clock, newId, pageTokens: pageTokens(settings.pageSecret) },
    token,
    reach: (url) => grpcTransport(url, token),
  });
  await runService({ service, config: settings, close });
}
