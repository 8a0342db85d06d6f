#!/usr/bin/env -S node --max-semi-space-size=8 --min-semi-space-size=8
// Half of the room that V8 gives young objects: each thread of the platform has its own. And no less of it: in a quiet moment V8 takes
// most of it back, and then stops a server whose requests leave nothing behind every few dozen of them.
import * as modules from "node:module";
import { fileURLToPath } from "node:url";

// What it is written in (`await using`) is not understood by earlier ones.
const NODE_MAJOR_LEAST = 24;
if (Number(process.versions.node.split(".")[0]) < NODE_MAJOR_LEAST) {
  process.stderr.write(
    `This is Node ${process.versions.node}, and throughline needs ${NODE_MAJOR_LEAST} or later. The checkout brings its own: npm run throughline -- ${process.argv.slice(2).join(" ")}\n`,
  );
  process.exit(1);
}
// What was compiled once is kept beside the checkout's other work. Where that cannot be written, each start compiles anew.
modules.enableCompileCache(fileURLToPath(new URL("../../../.cache/compiled", import.meta.url)));
await import("../src/main.ts");
