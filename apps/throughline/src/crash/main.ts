/** The crash sweep as a command: `npm run sweep -- crash`. */
import { join } from "node:path";
import { sweepCommand } from "./command.ts";

await sweepCommand({
  name: "crash",
  kills: 4_000,
  tellEvery: 50,
  blobsFor: () => "files",
  environment: process.env,
  program: join(import.meta.dirname, "./child.ts"),
});
