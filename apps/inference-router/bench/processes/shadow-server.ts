import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { serveGrpc } from "@throughline/rpc";
import { guardedMounts, openPlatform } from "../../src/testing-router.ts";

/**
 * The router of the bench `shadow`: two deployments without a mirror, one whose candidate's process is stopped by the system, so that it
 * neither answers nor takes processor time, and one whose candidate computes without end. Prints its port. A process that takes the place
 * of one that was ended for its silence is stopped as well.
 */
const dir = mkdtempSync(join(tmpdir(), "throughline-bench-"));
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
process.on("SIGTERM", () => process.exit(0));
// Ends with the process that measures.
process.stdin.on("end", () => process.exit(0)).resume();

const platform = await openPlatform(dir);
const { service, serving } = await platform.start();
const deploy = async (id: string, model: string, candidate = ""): Promise<void> => {
  const name = `projects/default/deployments/${id}`;
  const baseline = platform.registry.release(await platform.model(model), { output: "probabilities", features: false });
  if (candidate === "") {
    platform.registry.deploy(name, { [baseline]: 10_000 });
    return serving(name, [baseline]);
  }
  const mirrored = platform.registry.release(await platform.model(candidate), { output: "score", features: false });
  const rollout = { name: `${name}/rollouts/1`, candidate: mirrored, baseline, strategy: Strategy.SHADOW };
  const plan = { mirrorBasisPoints: 10_000 };
  platform.registry.rollOut(name, { [baseline]: 10_000, [mirrored]: 0 }, { ...rollout, plan });
  return serving(name, [baseline, mirrored]);
};

await deploy("plain", "logistic3");
await deploy("other", "logistic3");
await deploy("stopped", "logistic3", "linear3");
await deploy("computing", "logistic3", "slow");
const hanging = await platform.model("linear3");
const stopped = new Set<string>();
stopHanging();
if (stopped.size !== 1) throw new Error("the candidate has a process of its own");
setInterval(stopHanging, 50).unref();

const { port } = await serveGrpc({ mounts: guardedMounts(service), host: "127.0.0.1", port: 0 });
console.log(port);

/** Stops the candidate's process, whenever there is a new one. */
function stopHanging(): void {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ");
  for (const pid of children.filter((it) => it !== "" && !stopped.has(it) && isHanging(it))) {
    process.kill(Number(pid), "SIGSTOP");
    stopped.add(pid);
  }
}

function isHanging(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(hanging);
  } catch {
    // It ended meanwhile.
    return false;
  }
}
