import type { Page } from "playwright-core";
import type { Clients } from "./clients.ts";

/** What tests of pages need of the browser and of the platform; asked for in each test, since both are made before the first. */
export interface Looking {
  readonly page: () => Page;
  readonly clients: () => Clients;
  /** Opens an address of the console. */
  readonly open: (path: string | undefined) => Promise<unknown>;
  /** Waits until a text is on the page. */
  readonly sees: (text: string | RegExp) => Promise<void>;
  /** What the browser complained of. */
  readonly complaints: readonly string[];
}
