#!/usr/bin/env -S node --max-semi-space-size=8
// Half of the room that V8 gives young objects: it is never given back, and each thread of the platform would have its own.
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// What was compiled once is kept beside the checkout's other work. Where that cannot be written, each start compiles anew.
enableCompileCache(fileURLToPath(new URL("../../../.cache/compiled", import.meta.url)));
await import("../src/main.ts");
