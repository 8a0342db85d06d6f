import { randomInt, randomUUID } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { DomainError, isDomainError } from "@throughline/kernel";
import type { SparkCall } from "./spark-call.ts";

/** What the names of folders begin with in which a trial of the exchange folder is. */
export const TRIAL_PREFIX = "trial-";

const notExchanged = (detail: string): DomainError =>
  new DomainError(
    "precondition",
    "TABLE_NOT_SHARED",
    `Spark does not share the exchange folder (${detail}). Give it a folder of a file system that both have, with THROUGHLINE_SPARK_EXCHANGE, and the same user.`,
    { metadata: { detail } },
  );

/**
 * Tries whether what this process writes to the exchange folder is what Spark reads there, and the other way round: otherwise the first
 * join would end in an error that nobody understands. Fails with TABLE_NOT_SHARED, or as a session does.
 */
export async function tryExchange(call: SparkCall): Promise<void> {
  const { embedded, exchangeDir, options, files } = call;
  const signal = options.signal ? { signal: options.signal } : {};
  const folder = join(exchangeDir, `${TRIAL_PREFIX}${randomUUID()}`);
  await using session = await call.open();
  try {
    await mkdir(folder);
    const sent = BigInt(randomInt(2 ** 40));
    const columns = [{ name: "sent", type: "int64" }] as const;
    const { path } = await embedded.importRows({ columns, output: join(folder, "sent.parquet") }, [[sent]], signal);
    await session.nameFiles("trial", { paths: [files.exchanged(path)], columns: ["sent"] });
    const answer = join(folder, "answer");
    await session.write("SELECT sent FROM trial", files.exchanged(answer));
    const parts = (await readdir(answer)).filter((it) => it.startsWith("part-")).map((it) => join(answer, it));
    const { rows } = await embedded.readRows({ segments: parts, limit: 2 }, signal);
    if (rows.length !== 1 || rows[0]?.[0] !== sent) throw notExchanged("what it wrote is not what it was given");
  } catch (error) {
    throw explained(error);
  } finally {
    await rm(folder, { recursive: true, force: true }).catch((error: Error) => {
      throw notExchanged(`what it wrote there cannot be removed: ${codeOf(error)}`);
    });
  }
}

/** Failures of files say that the folder is not shared; all others stay as they are. */
function explained(error: unknown): unknown {
  if (isDomainError(error, "TABLE_NOT_SHARED")) return notExchanged("it does not see what this service wrote there");
  if (isDomainError(error, "TABLE_OUTPUT_UNWRITABLE")) return notExchanged("it cannot write there");
  if (error instanceof Error && codeOf(error) === "ENOENT")
    return notExchanged("this service does not see what it wrote there");
  return error;
}

const codeOf = (error: Error): string => (error as NodeJS.ErrnoException).code ?? basename(error.name);
