import type { Command } from "commander";
import { addApply } from "./apply.ts";
import { addData } from "./data.ts";
import { addDecisions } from "./decide.ts";
import { addDemo } from "./demo.ts";
import { addImport } from "./import.ts";
import { addReads } from "./read.ts";
import { addRuns } from "./run.ts";
import { addStatus } from "./status.ts";
import { addStorage } from "./storage.ts";

/** All commands but the one that is the platform. */
export function addClientCommands(program: Command, environment: Readonly<Record<string, string | undefined>>): void {
  addDemo(program, environment);
  addStatus(program);
  addReads(program);
  addDecisions(program);
  addRuns(program, environment);
  addImport(program);
  addApply(program);
  addStorage(program);
  addData(program);
}
