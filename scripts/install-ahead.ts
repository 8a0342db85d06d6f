/**
 * `node scripts/install-ahead.ts` installs what later parts of CI begin with, so that it comes over the network while an earlier part
 * computes: Spark, and the Python of the demonstration. Each part installs for itself what is missing.
 */
import { join } from "node:path";
import { openPython } from "@throughline/flights";
import { buildSparkServer } from "@throughline/testing";
import { ROOT } from "./run.ts";

await openPython({ folder: join(ROOT, ".throughline", "python"), environment: process.env });
await buildSparkServer(process.env);
