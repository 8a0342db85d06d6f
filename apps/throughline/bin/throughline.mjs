#!/usr/bin/env -S node --max-semi-space-size=8 --min-semi-space-size=8
// Half of the room that V8 gives young objects: each thread of the platform has its own. And no less of it: in a quiet moment V8 takes
// most of it back, and then stops a server whose requests leave nothing behind every few dozen of them.
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// What was compiled once is kept beside the checkout's other work. Where that cannot be written, each start compiles anew.
enableCompileCache(fileURLToPath(new URL("../../../.cache/compiled", import.meta.url)));
await import("../src/main.ts");
