import { createInterface } from "node:readline/promises";
import { toJson } from "@bufbuild/protobuf";
import { ConnectError, createClient } from "@connectrpc/connect";
import { connect } from "@throughline/client";
import {
  type ApplyDefinitionsResponse,
  ApplyDefinitionsResponseSchema,
  DefinitionService,
  type Definitions,
} from "@throughline/contracts/throughline/features/v1/definition_service_pb";
import type { Command } from "commander";
import { readDefinitionFiles } from "../apply/definition-files.ts";
import { definitionsOf } from "../apply/definitions.ts";
import { changesSomething, planText } from "../apply/plan-text.ts";

interface ApplyFlags {
  readonly grpc: string;
  readonly project: string;
  readonly token?: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly reason: string;
}

/** `throughline apply features/`: shows what definitions change, and changes it. */
export function addApply(program: Command): void {
  program
    .command("apply <path>")
    .description(
      "apply entities, sources, views, on-demand views and feature services from YAML or JSON: a file, or a folder of files",
    )
    .option("--dry-run", "show what would change, and change nothing", false)
    .option("--yes", "do not ask", false)
    .option("--reason <text>", "why, for the history", "")
    .option("--json", "as JSON; does not ask either", false)
    .option("--grpc <host:port>", "the platform's gRPC address", "127.0.0.1:9090")
    .option("--project <project>", "the project", "default")
    .option("--token <token>", "who you are, where the platform asks")
    .action(apply);
}

async function apply(path: string, flags: ApplyFlags): Promise<void> {
  const { grpc, project, token, dryRun, yes, json, reason } = flags;
  const parent = `projects/${project}`;
  const definitions = definitionsOf(await readDefinitionFiles(path), parent);
  const { transport } = connect({ baseUrl: `http://${grpc}`, project, ...(token && { token }) });
  const client = createClient(DefinitionService, transport);
  const call = async (request: { dryRun: boolean; expectedPlanDigest?: string }): Promise<ApplyDefinitionsResponse> => {
    try {
      return await client.applyDefinitions({ parent, definitions, reason, ...request });
    } catch (error) {
      throw new Error(messageOf(error, definitions), { cause: error });
    }
  };
  const plan = await call({ dryRun: true });
  const show = (it: ApplyDefinitionsResponse): void => {
    process.stdout.write(
      `${json ? JSON.stringify(toJson(ApplyDefinitionsResponseSchema, it), undefined, 2) : planText(it.changes)}\n`,
    );
  };
  if (dryRun) return show(plan);
  if (!json) show(plan);
  if (!json && !changesSomething(plan.changes)) return;
  if (!yes && !json && !(await confirmed())) {
    process.stdout.write("Nothing was changed.\n");
    process.exitCode = 1;
    return;
  }
  // What was looked at is what is made: if somebody changed something meanwhile, nothing is.
  const applied = await call({ dryRun: false, expectedPlanDigest: plan.planDigest });
  if (json) show(applied);
  else process.stdout.write("Applied.\n");
}

/** One line for each field that is wrong, with the name of the definition in place of its number in the request. */
function messageOf(error: unknown, definitions: Definitions): string {
  const lists: Readonly<Record<string, readonly { readonly name: string }[]>> = {
    entities: definitions.entities,
    sources: definitions.sources,
    feature_views: definitions.featureViews,
    on_demand_views: definitions.onDemandViews,
    feature_services: definitions.featureServices,
  };
  const named = (path: string, list: string, index: string): string =>
    lists[list]?.[Number(index)]?.name.split("/").slice(2).join("/") ?? path;
  return (
    ConnectError.from(error)
      // What is said of a field may have a semicolon in it.
      .rawMessage.split(/; (?=definitions\.)/)
      .map((it) => it.replaceAll(/definitions\.(\w+)\[(\d+)\]/g, named))
      .join("\n")
  );
}

/** Asks a person. Where nobody can answer, nothing is changed. */
async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new Error("nobody is there to ask: add --yes to apply the plan, or --dry-run to see it");
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question("Apply? [y/N] ")).trim());
  } finally {
    terminal.close();
  }
}
