import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

/** The program of a model's process, as JavaScript. */
export interface ChildProgram {
  /** Absolute path of the module to start. */
  readonly file: string;
  /** The text of the thread that watches the parent: see ChildOptions. */
  readonly watchProgram: string;
}

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));
const WATCH = fileURLToPath(new URL("./parent-watch.ts", import.meta.url));

/**
 * Writes the program of the models' processes into a folder, without its types. Each process would otherwise load the
 * compiler that takes them out, twice: 40 MB and more than half of its start.
 */
export async function writeChildProgram(folder: string): Promise<ChildProgram> {
  const sources = [...sourcesOf(CHILD, new Set<string>())];
  const [watch = "", ...texts] = await stripped([WATCH, ...sources]);
  const target = (source: string): string => join(folder, relative(ROOT, source).replace(/\.ts$/, ".mjs"));
  sources.forEach((source, i) => {
    const text = (texts[i] ?? "").replace(SPECIFIER, (_all, before: string, name: string) => {
      const module = resolved(name, source);
      return `${before}${module.endsWith(".ts") ? pathToFileURL(target(module)).href : urlOf(module)}`;
    });
    mkdirSync(dirname(target(source)), { recursive: true });
    writeFileSync(target(source), text);
  });
  return { file: target(CHILD), watchProgram: watch.replace(WATCH_IMPORT, WATCH_REQUIRE) };
}

/** A module of this project and those that it is made of, without those that give types alone. */
function sourcesOf(file: string, found: Set<string>): Set<string> {
  found.add(file);
  for (const [, before = "", name = ""] of readFileSync(file, "utf8").matchAll(SPECIFIER)) {
    const module = resolved(name, file);
    const isCode = module.endsWith(".ts") && !/^import type\b/.test(before);
    if (isCode && !found.has(module)) sourcesOf(module, found);
  }
  return found;
}

/** Module names in `import ... from "NAME"` and `export ... from "NAME"`. */
const SPECIFIER = /^((?:import|export)\b[^;"]*? from ")([^"]+)(?=";)/gm;

/** Threads that are started from a text are CommonJS. */
const WATCH_IMPORT = 'import { workerData } from "node:worker_threads";';
const WATCH_REQUIRE = 'const { workerData } = require("node:worker_threads");';

/** Path of a module, or its name if it is one of Node's. */
function resolved(name: string, from: string): string {
  if (name.startsWith("node:")) return name;
  return name.startsWith(".") ? join(dirname(from), name) : createRequire(import.meta.url).resolve(name);
}

const urlOf = (module: string): string => (module.startsWith("node:") ? module : pathToFileURL(module).href);

/** In a thread of its own, which takes the warning about the function along. */
async function stripped(files: readonly string[]): Promise<readonly string[]> {
  const sources = files.map((it) => readFileSync(it, "utf8"));
  const worker = new Worker(STRIP, { eval: true, workerData: sources, execArgv: ["--no-warnings"] });
  const [texts] = (await once(worker, "message")) as [readonly string[]];
  return texts;
}

const STRIP = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { stripTypeScriptTypes } = require("node:module");
  parentPort.postMessage(workerData.map((it) => stripTypeScriptTypes(it)));
`;
