/**
 * Proves against the running platform that callers in Python, Go, Java and TypeScript can be generated from the contracts
 * and work, and that programs of others understand it. It needs Python, Go and Java, and installs the rest into caches.
 * Each proof is one line; the last line is `N passed, N failed`.
 */
import { fetchContracts } from "./contracts.ts";
import { goProofs, javaProofs, pythonProofs, typescriptProofs } from "./prove-languages.ts";
import { foreignPythonProofs, grpcurlProofs, restProofs } from "./prove-others.ts";
import { type Addresses, startPlatform } from "./prove-platform.ts";
import type { Proof } from "./prove-proof.ts";
import { totalsLine } from "./test-report.ts";

/** Those of one lane run in turn, the lanes at the same time: they wait for downloads more than they compute. */
const LANES: readonly (readonly Proof[])[] = [
  [...typescriptProofs, ...restProofs, ...pythonProofs, ...foreignPythonProofs],
  goProofs,
  javaProofs,
  grpcurlProofs,
];

const totals = { passed: 0, failed: 0, skipped: 0 };

async function prove(proof: Proof, addresses: Addresses): Promise<void> {
  const start = performance.now();
  const took = () => `(${((performance.now() - start) / 1_000).toFixed(1)} s)`;
  try {
    await proof.run(addresses);
    totals.passed += 1;
    console.log(`ok ${proof.name} ${took()}`);
  } catch (error) {
    totals.failed += 1;
    const [why = "", ...more] = (error instanceof Error ? error.message : String(error)).split("\n");
    console.log([`not ok ${proof.name} ${took()} ${why}`, ...more.map((it) => `    ${it}`)].join("\n"));
  }
}

async function proveAll(): Promise<void> {
  fetchContracts();
  const platform = await startPlatform();
  try {
    await Promise.all(
      LANES.map(async (lane) => {
        for (const proof of lane) await prove(proof, platform);
      }),
    );
  } finally {
    await platform.stop();
  }
}

await prove({ name: "the platform starts, serves every proof, and stops", run: proveAll }, { grpc: "", http: "" });
console.log(totalsLine(totals));
process.exitCode = totals.failed > 0 ? 1 : 0;
