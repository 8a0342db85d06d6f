import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { onTestFinished } from "vitest";

/** A disk whose power may fail: it has of files and folders what was there when this process last waited for the disk to have it. */
export interface Disk {
  /** Files that were waited for, one after the other. */
  readonly syncCount: () => number;
  /** The next time that somebody waits for a folder with such a file in it, that fails. */
  failNext(isSuch: (name: string) => boolean): void;
  /** A folder with what the disk has now of another one: what anybody finds after the power has come back. */
  afterPowerLoss(dir: string): string;
}

/** Content of files, and names in folders, by path. */
interface Kept {
  readonly files: Map<string, Buffer>;
  readonly names: Map<string, readonly string[]>;
}

/**
 * Watches what this process syncs from now on, until the test ends. All is written and synced as ever; beside it, each sync that is done notes
 * what it was about, as the system's writing back of its own accord cannot be relied on. Runs on Linux.
 */
export async function watchedDisk(): Promise<Disk> {
  const kept: Kept = { files: new Map(), names: new Map() };
  let count = 0;
  let failing: ((name: string) => boolean) | undefined;
  const probe = await open("/dev/null", "r");
  const handles = Object.getPrototypeOf(probe) as Pick<FileHandle, "sync" | "datasync">;
  await probe.close();
  const { sync, datasync } = handles;
  const noting = (wait: () => Promise<void>) =>
    async function (this: FileHandle): Promise<void> {
      count += 1;
      const path = readlinkSync(`/proc/self/fd/${this.fd}`);
      const isFolder = statSync(path).isDirectory();
      // What is written while the disk works may not be there: what was before is.
      const content = isFolder ? readdirSync(path) : readFileSync(path);
      if (failing && Array.isArray(content) && content.some(failing)) {
        failing = undefined;
        throw new Error("the disk failed");
      }
      await wait.call(this);
      if (Array.isArray(content)) kept.names.set(path, content);
      else kept.files.set(path, content as Buffer);
    };
  handles.sync = noting(sync);
  handles.datasync = noting(datasync);
  onTestFinished(() => void Object.assign(handles, { sync, datasync }));
  return {
    syncCount: () => count,
    failNext(isSuch) {
      failing = isSuch;
    },
    afterPowerLoss(dir) {
      const copy = mkdtempSync(join(tmpdir(), "throughline-power-"));
      onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
      for (const [path, bytes] of kept.files) {
        if (!isNamed(kept, path, dir)) continue;
        const target = join(copy, relative(dir, path));
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, bytes);
      }
      return copy;
    },
  };
}

/** True if the disk knows a path by the names of its folders, up to one that has always been there. */
function isNamed({ names }: Kept, path: string, root: string): boolean {
  for (let at = path; at !== root; at = dirname(at)) {
    const known = names.get(dirname(at));
    if (!known?.includes(relative(dirname(at), at))) return false;
  }
  return true;
}
