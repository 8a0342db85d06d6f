import { fileURLToPath } from "node:url";
import { invalidCall } from "./errors.ts";
import type { Store } from "./port.ts";
import { openSqliteStore } from "./sqlite/sqlite-store.ts";

/**
 * Opens the store that a URL names: `sqlite:///data/registry.db` (an absolute path) or
 * `mongodb://host:27017/registry?replicaSet=rs0` (`mongodb+srv://` too; the path is the database).
 */
export async function openStore(url: string): Promise<Store> {
  const protocol = /^([a-z+]+):\/\//.exec(url)?.[1];
  if (protocol === "sqlite") {
    if (!url.startsWith("sqlite:///")) throw invalidCall("url", "write sqlite:///absolute/path, with three slashes");
    return openSqliteStore(fileURLToPath(`file${url.slice("sqlite".length)}`));
  }
  if (protocol === "mongodb" || protocol === "mongodb+srv") {
    // The driver takes 30 MB, which a process that does not use it does without.
    const { openMongodbStore } = await import("./mongodb/mongodb-store.ts");
    return openMongodbStore(url);
  }
  throw invalidCall("url", `${protocol ?? url} is no kind of store: write sqlite:///path or mongodb://host/database`);
}
