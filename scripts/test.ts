/**
 * `npm test -- [--servers] [PROJECT...]` runs the tests of all projects, or of those named.
 * With --servers the suites that need MongoDB's protocol and S3 run against real servers too.
 */
import { parseArgs } from "node:util";
import { buildServers } from "./build-servers.ts";
import { isGreen, runTests } from "./run-tests.ts";
import { totalsLine } from "./test-report.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { servers: { type: "boolean", default: false } },
});

if (values.servers) await buildServers();
const totals = await runTests({ projects: positionals, servers: values.servers });
process.exitCode = isGreen(totals) ? 0 : 1;
console.log(totalsLine(totals));
