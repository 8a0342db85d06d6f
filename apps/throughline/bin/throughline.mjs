#!/usr/bin/env -S node --max-semi-space-size=8
// Half of the room that V8 gives young objects: it is never given back, and each thread of the platform would have its own.
import "../src/main.ts";
