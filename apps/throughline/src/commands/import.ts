import { connect } from "@throughline/client";
import { plainTable } from "@throughline/flights/plain-table";
import type { Command } from "commander";
import { importMlflow } from "../mlflow/import-mlflow.ts";
import { openSource } from "../mlflow/open-source.ts";
import { type ImportReport, KINDS } from "../mlflow/report.ts";

interface ImportFlags {
  readonly from: string;
  readonly grpc: string;
  readonly project: string;
  readonly token?: string;
  readonly fromToken?: string;
  readonly json: boolean;
}

/** `throughline import mlflow --from http://127.0.0.1:5000`. */
export function addImport(program: Command): void {
  program
    .command("import")
    .description("bring in what another system has")
    .command("mlflow")
    .description("copy experiments, runs, files, models and aliases from MLflow, and compare counts and digests")
    .requiredOption("--from <address>", "address of an MLflow server, or a folder with mlflow.db or mlruns")
    .option("--from-token <token>", "who you are there, where the server asks")
    .option("--project <project>", "the project to import into", "default")
    .option("--grpc <host:port>", "the platform's gRPC address", "127.0.0.1:9090")
    .option("--token <token>", "who you are, where the platform asks")
    .option("--json", "as JSON", false)
    .action(async ({ from, fromToken, grpc, project, token, json }: ImportFlags) => {
      const source = await openSource(from, fromToken);
      const connection = connect({ baseUrl: `http://${grpc}`, project, ...(token && { token }) });
      const progress = (line: string): void => void process.stderr.write(`${line}\n`);
      try {
        const report = await importMlflow({ connection, source, progress });
        process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : `${shown(report)}\n`);
        process.exitCode = report.problems.length === 0 ? 0 : 1;
      } finally {
        source.close();
      }
    });
}

function shown({ found, equal, problems }: ImportReport): string {
  const table = plainTable(["", "in MLflow", "here, equal"]);
  for (const kind of KINDS) table.push([kind, found[kind], equal[kind]]);
  const said = problems.length === 0 ? "Everything is here, and equal." : problems.map((it) => `- ${it}`).join("\n");
  return `${table.toString()}\n${said}`;
}
