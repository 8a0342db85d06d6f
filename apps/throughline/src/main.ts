import { Command } from "commander";
import manifest from "../package.json" with { type: "json" };
import { addUp } from "./commands/up.ts";

const program = new Command("throughline")
  .description("From raw data to served, watched and reversible predictions, with one thread through all of it")
  .version(manifest.version)
  .showHelpAfterError();
addUp(program, process.env);
// What a server loads it holds for as long as it runs, and it starts the sooner the less that is.
if (process.argv[2] !== "up") (await import("./commands/client-commands.ts")).addClientCommands(program, process.env);

// It is waited for at the top level: a command whose work stops without an end is a failure then (Node's exit code 13), and not a success that says nothing.
try {
  await program.parseAsync();
} catch (error) {
  const { hintOf } = await import("./commands/hint.ts");
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${hintOf(error)}`);
  process.exit(1);
}
