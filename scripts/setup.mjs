/**
 * Makes the checkout ready, then runs a command in it: `node scripts/setup.mjs COMMAND ARGUMENTS...`
 *
 * Plain JavaScript on Node's built-ins alone, because it starts on whatever Node >= 20 the machine has and before
 * anything is installed. Everything it says goes to stderr: stdout belongs to the command.
 *
 * - The packages are installed when they are not exactly what package-lock.json asks for, under the Node that
 *   package.json pins: under an older Node npm leaves out platform binaries without a word.
 * - The console is built when its sources changed.
 * - `node` runs on the pinned Node by path, and `throughline` by a PATH of ours: npm's shell may still remember the machine's own
 *   `node`.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants as system, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { alone } from "./alone.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, "node_modules");
const INSTALLED = join(MODULES, ".package-lock.json");
const NODE = join(MODULES, ".bin", "node");
const CACHE = join(ROOT, ".cache");
const LOCK = join(CACHE, "setup.lock");
const CONSOLE = join(ROOT, "apps", "console");
/** Digest of what the console was built from. */
const CONSOLE_DIGEST = join(CACHE, "console.sha256");
const NODE_MAJOR_LEAST = 20;
const NPM_MAJOR_LEAST = 10;
/** `X_OK` of access(2). */
const EXECUTABLE = 1;
const PARENT_POLL_MS = 1_000;

const say = (line) => process.stderr.write(`${line}\n`);

/** A failure that the user can mend: printed without a stack. */
class SetupError extends Error {}

async function main() {
  const [command, ...given] = process.argv.slice(2);
  if (command === undefined) throw new SetupError("Say what to run: node scripts/setup.mjs COMMAND ARGUMENTS...");
  checkNode();
  if (installProblem() !== undefined) await alone(LOCK, install);
  const consoleBuilt = isConsoleBuilt() || (await alone(LOCK, buildConsole));
  if (!consoleBuilt && command === "throughline")
    throw new SetupError("The console did not build. See the lines above.");
  process.exitCode = await run(command, given);
}

function checkNode() {
  if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR_LEAST) return;
  throw new SetupError(
    `This machine runs Node ${process.versions.node}. Install Node ${NODE_MAJOR_LEAST} or later from nodejs.org, then run this again.`,
  );
}

function checkNpm() {
  const asked = spawnSync("npm", ["--version"], { encoding: "utf8", cwd: tmpdir(), env: machineEnvironment() });
  if (asked.status !== 0)
    throw new SetupError("npm cannot be run. Install it (it comes with Node), then run this again.");
  const version = asked.stdout.trim();
  if (Number(version.split(".")[0]) >= NPM_MAJOR_LEAST) return;
  throw new SetupError(
    `This machine has npm ${version}. Run \`npm install -g npm@${NPM_MAJOR_LEAST}\`, then run this again.`,
  );
}

/**
 * What is wrong with node_modules, or undefined. npm writes node_modules/.package-lock.json last, so its absence tells
 * of an installation that was interrupted, and its content tells of one by another Node or from another lock file.
 */
function installProblem() {
  if (!existsSync(INSTALLED)) return "nothing is installed, or an installation was interrupted";
  const installed = JSON.parse(readFileSync(INSTALLED, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.startsWith("node_modules/") || !isNeeded(entry)) continue;
    if (installed[path] === undefined || !existsSync(join(ROOT, path))) return `${path} is missing`;
    if (installed[path].version !== entry.version) return `${path} is not at version ${entry.version}`;
  }
  try {
    accessSync(NODE, EXECUTABLE);
  } catch {
    return "the pinned Node is missing";
  }
  return undefined;
}

/** Optional packages count when they say that they are for this platform: those are the binaries that go missing. */
function isNeeded(entry) {
  const { os, cpu, libc } = entry;
  if (entry.optional && os === undefined && cpu === undefined) return false;
  return fits(os, process.platform) && fits(cpu, process.arch) && fits(libc, cLibrary());
}

/** npm's lists of platforms: names, or names that are ruled out by `!`. */
const fits = (allowed = [], here) =>
  !allowed.includes(`!${here}`) && (allowed.includes(here) || allowed.every((it) => it.startsWith("!")));

const cLibrary = () => (process.platform === "linux" && existsSync("/etc/alpine-release") ? "musl" : "glibc");

async function install() {
  const missing = installProblem();
  if (missing === undefined) return;
  checkNpm();
  const version = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).devDependencies.node;
  say(`Installing the packages (${missing}). This takes about half a minute, once.`);
  // Without this file a half-removed or half-installed folder can never pass for a whole one.
  rmSync(INSTALLED, { force: true });
  // Started outside the checkout: inside it npx would take the pinned Node from the folder that npm ci is about to delete.
  const code = await finished(
    spawn("npx", ["-y", "-p", `node@${version}`, "-c", `cd ${shellQuoted(ROOT)} && npm ci`], {
      cwd: tmpdir(),
      env: machineEnvironment(),
      stdio: ["ignore", 2, 2],
    }),
  );
  if (code !== 0) {
    throw new SetupError(
      `\`npm ci\` failed with code ${code}. See its lines above: is the package registry reachable?`,
    );
  }
  const problem = installProblem();
  if (problem) throw new SetupError(`The installation ended, but ${problem}. Remove node_modules and run this again.`);
}

const shellQuoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The environment without what an outer `npm run` added for this checkout, so that an inner npm starts afresh. */
function machineEnvironment() {
  const path = (process.env.PATH ?? "").split(delimiter).filter((it) => !it.startsWith(MODULES));
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(lifecycle|package|command|execpath|node_execpath|config_local_prefix)/.test(name),
  );
  return { ...Object.fromEntries(inherited), PATH: path.join(delimiter) };
}

/** True if the console was built from the sources that are there, or there is none. */
function isConsoleBuilt() {
  if (!existsSync(join(CONSOLE, "index.html"))) return true;
  if (!existsSync(CONSOLE_DIGEST) || !existsSync(join(CONSOLE, "dist", "index.html"))) return false;
  return readFileSync(CONSOLE_DIGEST, "utf8") === consoleDigest();
}

const consoleDigest = () =>
  digestOfFiles([CONSOLE, join(ROOT, "libs", "contracts", "src"), join(ROOT, "package-lock.json")]);

/** Builds the console unless another process has done so meanwhile. Returns false if it does not build. */
async function buildConsole() {
  if (isConsoleBuilt()) return true;
  say("Building the console.");
  const digest = consoleDigest();
  rmSync(CONSOLE_DIGEST, { force: true });
  const vite = join(MODULES, "vite", "bin", "vite.js");
  const building = spawn(NODE, [vite, "build", "--logLevel", "warn"], { cwd: CONSOLE, stdio: ["ignore", 2, 2] });
  if ((await finished(building)) !== 0) {
    say("The console did not build: its pages will be missing or old.");
    return false;
  }
  writeFileSync(CONSOLE_DIGEST, digest);
  return true;
}

const NOT_SOURCES = new Set(["dist", "node_modules"]);

function digestOfFiles(paths) {
  const hash = createHash("sha256");
  const add = (path, isFolder) => {
    if (!isFolder) return void hash.update(`${path}\0`).update(readFileSync(path));
    const entries = readdirSync(path, { withFileTypes: true }).filter((it) => !NOT_SOURCES.has(it.name));
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      add(join(path, entry.name), entry.isDirectory());
    }
  };
  for (const path of paths.filter((it) => existsSync(it))) add(path, !path.endsWith(".json"));
  return hash.digest("hex");
}

/** Runs the command to its end and returns the exit code that stands for how it ended. */
function run(command, given) {
  const bin = join(ROOT, "apps", "throughline", "bin", "throughline.mjs");
  const [file, args] = command === "node" ? [NODE, given] : command === "throughline" ? [bin, given] : [command, given];
  const PATH = [join(MODULES, ".bin"), process.env.PATH ?? ""].join(delimiter);
  return finished(spawn(file, args, { stdio: "inherit", env: { ...process.env, PATH } }));
}

/**
 * Waits for the end of a child, handing on the first signal of each kind. On a terminal Ctrl-C reaches the child
 * without us, and a second copy could read as "do not wait for a clean end". A child that a signal ended counts as
 * 128 + its number, as in a shell.
 */
function finished(child) {
  const handlers = ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => {
    let seen = false;
    const handler = () => {
      const fromTerminal = signal === "SIGINT" && process.stdin.isTTY;
      if (!seen && !fromTerminal) child.kill(signal);
      seen = true;
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  // npm may end by a signal that its shell does not hand on: then nobody is left who waits for the command.
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && child.kill("SIGTERM"), PARENT_POLL_MS);
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new SetupError(`${child.spawnfile} cannot be started: ${error.message}`)));
    child.on("exit", (code, signal) => {
      if (signal === "SIGKILL") say(`${child.spawnfile} was killed (SIGKILL). Out of memory is the usual cause.`);
      resolve(code ?? 128 + (system.signals[signal] ?? 0));
    });
  }).finally(() => {
    clearInterval(watch);
    for (const remove of handlers) remove();
  });
}

main().catch((error) => {
  say(error instanceof SetupError ? error.message : error.stack);
  process.exitCode = 1;
});
