import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { databaseSource } from "./database-source.ts";
import { folderSource } from "./folder-source.ts";
import { restSource } from "./rest-source.ts";
import type { MlflowSource } from "./source.ts";

/**
 * Opens what a user names: the address of a server, a folder with `mlflow.db` or `mlruns` in it, or one of these two
 * themselves. Fails with what was looked for.
 */
export async function openSource(from: string, token: string | undefined): Promise<MlflowSource> {
  if (/^https?:\/\//i.test(from)) return restSource(from, token);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(from))
    throw new Error(
      `--from ${from}: only http, https, a folder or a SQLite file can be read. Start "mlflow server" on it`,
    );
  const path = resolve(from);
  const about = await stat(path).catch(() => undefined);
  if (about === undefined) throw new Error(`--from ${from}: there is no such folder or file`);
  if (about.isFile()) return databaseSource(path, dirname(path));
  const database = join(path, "mlflow.db");
  if (await isThere(database)) return databaseSource(database, path);
  if (await isThere(join(path, "mlruns"))) return folderSource(join(path, "mlruns"));
  if ((await isThere(join(path, "0"))) || (await isThere(join(path, ".trash")))) return folderSource(path);
  throw new Error(`--from ${from}: there is neither mlflow.db nor mlruns in it`);
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
