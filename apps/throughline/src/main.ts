import { Command } from "commander";
import { addApply } from "./commands/apply.ts";
import { addDecisions } from "./commands/decide.ts";
import { addDemo } from "./commands/demo.ts";
import { addImport } from "./commands/import.ts";
import { addReads } from "./commands/read.ts";
import { addRuns } from "./commands/run.ts";
import { addStatus } from "./commands/status.ts";
import { addStorage } from "./commands/storage.ts";
import { addUp } from "./commands/up.ts";

const program = new Command("throughline")
  .description("From raw data to served, watched and reversible predictions, with one thread through all of it")
  .showHelpAfterError();
addUp(program, process.env);
addDemo(program, process.env);
addStatus(program);
addReads(program);
addDecisions(program);
addRuns(program, process.env);
addImport(program);
addApply(program);
addStorage(program);

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
