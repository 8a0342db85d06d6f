/** The sweep of features as a command: `npm run sweep -- features`. */
import { join } from "node:path";
import { sweepCommand } from "../command.ts";
import { atStep } from "./aim.ts";

await sweepCommand({
  name: "features",
  kills: 400,
  tellEvery: 10,
  killsPerPlace: 20,
  aim: atStep,
  hasOnlineValues: true,
  blobsFor: (store) => (store === "mongodb" ? "s3" : "files"),
  environment: process.env,
  program: join(import.meta.dirname, "./child.ts"),
});
