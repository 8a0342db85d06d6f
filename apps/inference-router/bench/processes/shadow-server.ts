import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { serveGrpc } from "@throughline/rpc";
import { guardedMounts, openPlatform } from "../../src/testing-router.ts";

/**
 * The router of the bench `shadow`: a deployment without a mirror, one whose candidate's process is stopped by the system, so that it
 * neither answers nor takes processor time, and one whose candidate computes without end. Prints its port.
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
const sound = childrenOf(process.pid);
await deploy("stopped", "logistic3", "linear3");
const stopped = childrenOf(process.pid).filter((it) => !sound.includes(it));
await deploy("computing", "logistic3", "slow");
const computing = childrenOf(process.pid).filter((it) => ![...sound, ...stopped].includes(it));
if (stopped.length !== 1 || computing.length !== 1) throw new Error("each candidate has a process of its own");
for (const it of stopped) process.kill(it, "SIGSTOP");

const { port } = await serveGrpc({ mounts: guardedMounts(service), host: "127.0.0.1", port: 0 });
console.log(port);

function childrenOf(parent: number): readonly number[] {
  return readdirSync("/proc")
    .filter((it) => /^\d+$/.test(it))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/stat`, "utf8")
          .replace(/^.*\) \S /, "")
          .startsWith(`${parent} `);
      } catch {
        // It ended meanwhile.
        return false;
      }
    });
}
