import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";

/** What was run: a commit, and everything in the folder that differs from it. */
export interface CodeState {
  /** Top folder of the working copy. */
  readonly top: string;
  /** The folder that the state was taken in, within `top`. Empty: `top` itself. */
  readonly workingDirectory: string;
  /** Where the repository came from, without credentials. Empty if it has no remote named `origin`. */
  readonly repository: string;
  readonly commit: string;
  /** A patch of all files that differ from the commit, new ones included, ignored ones not. Empty if none do. */
  readonly difference: Buffer;
}

/** Most bytes of a difference: more is data, which belongs into an input. */
const DIFFERENCE_BYTES_MAX = 64 * 1024 * 1024;

/** Fails if the folder is not within a Git repository that has a commit. */
export async function codeState(directory: string): Promise<CodeState> {
  const rules = 'code is recorded by its commit: "git init", "git add" and "git commit" come first';
  const top = (await answerOf(directory, ["rev-parse", "--show-toplevel"])) ?? "";
  if (top === "") throw new Error(`${directory} is in no Git repository, and ${rules}`);
  const commit = (await answerOf(top, ["rev-parse", "--verify", "--quiet", "HEAD"])) ?? "";
  if (commit === "") throw new Error(`the repository ${top} has no commit, and ${rules}`);
  return {
    top,
    workingDirectory: relative(top, directory),
    repository: withoutCredentials(await origin(top)),
    commit,
    difference: await differenceFrom(top, commit),
  };
}

/** Takes the difference with an index of its own, so that what the user has staged stays as it is. */
async function differenceFrom(top: string, commit: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "throughline-index-"));
  const index = join(folder, "index");
  try {
    await git(top, ["read-tree", commit], index);
    await git(top, ["add", "--all"], index);
    return await git(top, ["diff", "--cached", "--binary", "--no-ext-diff", "--no-textconv", commit], index);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Puts the code of a run into an empty folder. Fails if the repository does not have the commit. */
export async function checkOut(
  repository: string,
  code: { readonly commit: string; readonly difference: Buffer },
  into: string,
): Promise<void> {
  await git(repository, ["cat-file", "-e", `${code.commit}^{commit}`]).catch(() => {
    throw new Error(`${repository} does not have the commit ${code.commit}: fetch it, or name another --repository`);
  });
  await git(repository, ["clone", "--quiet", "--shared", "--no-checkout", ".", into]);
  await git(into, ["checkout", "--quiet", "--detach", code.commit]);
  if (code.difference.length === 0) return;
  const patch = join(into, ".git", "throughline.patch");
  await writeFile(patch, code.difference);
  await git(into, ["apply", "--binary", "--whitespace=nowarn", patch]);
}

const origin = async (top: string): Promise<string> =>
  (await answerOf(top, ["config", "--get", "remote.origin.url"])) ?? "";

/** What Git answers in one line; undefined if it refuses. */
const answerOf = async (directory: string, args: readonly string[]): Promise<string | undefined> =>
  (await git(directory, args).catch(() => undefined))?.toString().trim();

/** A URL may hold a password; anything else that Git takes, such as `user@host:path`, does not. */
function withoutCredentials(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  url.username = "";
  url.password = "";
  return url.href;
}

const run = promisify(execFile);

/** Runs Git in a folder, with an index file of its own if one is given. */
async function git(directory: string, args: readonly string[], index?: string): Promise<Buffer> {
  const command = ["git", "-C", directory, ...args];
  const assignments = index === undefined ? [] : [`GIT_INDEX_FILE=${index}`];
  try {
    const { stdout } = await run("env", [...assignments, ...command], {
      encoding: "buffer",
      maxBuffer: DIFFERENCE_BYTES_MAX,
    });
    return stdout;
  } catch (error) {
    const said = (error as { stderr?: Buffer }).stderr?.toString().trim();
    throw new Error(`git ${args[0]} in ${directory}: ${said || (error as Error).message}`);
  }
}
