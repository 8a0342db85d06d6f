import { createHash } from "node:crypto";
import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SegmentHeader } from "./records.ts";
import { frameAt } from "./segment-reader.ts";
import type { Summary } from "./segment-summary.ts";

/** A folder for each deployment: readable, and never the same for two, whatever the file system makes of letters. */
export function folderName(deployment: string): string {
  const readable = deployment
    .replace(/^projects\/|\/deployments(?=\/)/g, "")
    .replaceAll("/", ".")
    .toLowerCase();
  const hash = createHash("sha256").update(deployment).digest("hex").slice(0, 16);
  return `${readable.slice(0, 100)}.${hash}`;
}

/** The folders of logs in a folder, with the deployments that they are of. */
export async function foldersIn(dir: string): Promise<readonly (readonly [deployment: string, folder: string])[]> {
  const found = [];
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = join(dir, entry.name);
    const deployment = await deploymentOf(folder);
    if (deployment !== undefined) found.push([deployment, folder] as const);
  }
  return found;
}

/** The deployment that the first readable segment of a folder names; undefined if nothing was ever written to it. */
async function deploymentOf(folder: string): Promise<string | undefined> {
  const names = (await readdir(folder)).sort();
  for (const name of names.filter((it) => it.endsWith(".sealed.json"))) {
    const text = await readFile(join(folder, name), "utf8");
    const moved = text.includes("moved") ? (JSON.parse(text) as Summary).moved : undefined;
    if (moved) return moved.deployment;
  }
  for (const name of names.filter((it) => it.endsWith(".log"))) {
    const file = await open(join(folder, name), "r");
    try {
      const { size } = await file.stat();
      const frame = await frameAt(file, 0, size);
      if (frame?.kind === "segment") return (JSON.parse(frame.payload.toString("utf8")) as SegmentHeader).deployment;
    } finally {
      await file.close();
    }
  }
  return undefined;
}
