/** The lock of `setup.mjs`. Plain JavaScript on Node's built-ins alone, as that is. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const LOCK_POLL_MS = 500;

/** Runs `work` in one process at a time. It looks by itself whether there is something left to do. */
export async function alone(lock, work) {
  mkdirSync(dirname(lock), { recursive: true });
  for (let told = false; !tryLock(lock); told = true) {
    if (!told) process.stderr.write("Another command is making the checkout ready: waiting for it.\n");
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function tryLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  const owner = Number(existsSync(lock) ? readFileSync(lock, "utf8") : 0);
  if (owner > 0 && !isAlive(owner)) rmSync(lock, { force: true });
  return false;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
