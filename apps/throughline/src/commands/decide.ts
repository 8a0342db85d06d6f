import { ConnectError } from "@connectrpc/connect";
import { type Connection, connect } from "@throughline/client";
import type { Deployment } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { type Rollout, RolloutState } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { enumWords } from "@throughline/flights/plain-table";
import type { Command } from "commander";
import { fits } from "../resource-methods.ts";
import { wholeName } from "./whole-name.ts";

interface DecideFlags {
  readonly grpc: string;
  readonly project: string;
  readonly reason: string;
  readonly token?: string;
}

type Decide = (connection: Connection, said: { readonly name: string; readonly reason: string }) => Promise<string>;

/** What a command decides about. */
interface Subject {
  readonly what: string;
  readonly pattern: string;
  readonly example: string;
  /** The command that shows what there is. */
  readonly listing: string;
}

const ROLLOUT: Subject = {
  what: "a rollout",
  pattern: "projects/*/deployments/*/rollouts/*",
  example: "deployments/flights/rollouts/1",
  listing: "throughline list rollouts --parent deployments/flights",
};
const DEPLOYMENT: Subject = {
  what: "a deployment",
  pattern: "projects/*/deployments/*",
  example: "deployments/flights",
  listing: "throughline list deployments",
};

/** `throughline rollout promote NAME`, `throughline roll-back NAME` and `delete-deployment NAME`: what people decide about what serves. */
export function addDecisions(program: Command): void {
  const rollout = program.command("rollout").description("decide about a rollout that is under way");
  const verbs: readonly (readonly [verb: string, description: string, decide: Decide])[] = [
    ["pause", "keep the shares as they are", ({ rollouts }, it) => told(rollouts.pauseRollout(it))],
    ["resume", "go on with one that is paused or inconclusive", ({ rollouts }, it) => told(rollouts.resumeRollout(it))],
    ["approve", "approve the step that it is at", approve],
    ["promote", "give the candidate all traffic now", ({ rollouts }, it) => told(rollouts.promoteRollout(it))],
    ["abort", "give back the shares of before", ({ rollouts }, it) => told(rollouts.abortRollout(it))],
  ];
  for (const [verb, description, decide] of verbs)
    withFlags(
      rollout.command(`${verb} <name>`).description(`${description}, such as ${ROLLOUT.example}`),
      ROLLOUT,
      decide,
    );
  const rollBack = program.command("roll-back <name>");
  rollBack.description(`return a deployment to what served before, such as ${DEPLOYMENT.example}`);
  rollBack.option("--to-revision <number>", "to its state at that revision", wholeNumber, 0n);
  withFlags(rollBack, DEPLOYMENT, async ({ deployments }, said) => {
    const { toRevision } = rollBack.opts<{ toRevision: bigint }>();
    return serving((await deployments.rollBackDeployment({ ...said, toRevision })).deployment);
  });
  addDeletion(program);
}

function addDeletion(program: Command): void {
  const remove = program.command("delete-deployment <name>");
  remove.description(`delete a deployment, whose history stays, such as ${DEPLOYMENT.example}`);
  remove.option("--serving", "also while it serves: requests to it fail from then on", false);
  withFlags(remove, DEPLOYMENT, async ({ deployments }, said) => {
    const { serving: allowServing } = remove.opts<{ serving: boolean }>();
    await deployments.deleteDeployment({ ...said, allowServing });
    return `${said.name} is deleted`;
  });
}

function withFlags(command: Command, subject: Subject, decide: Decide): void {
  command
    .option("--reason <text>", "why: it stays in the history", "")
    .option("--grpc <host:port>", "the platform's gRPC address", "127.0.0.1:9090")
    .option("--project <project>", "the project of a name that leaves it out", "default")
    .option("--token <token>", "who you are, where the platform asks")
    .action(async (given: string, { grpc, project, reason, token }: DecideFlags) => {
      const connection = connect({ baseUrl: `http://${grpc}`, ...(token && { token }) });
      const name = wholeName(given, project);
      const { what, pattern, example, listing } = subject;
      if (!fits(pattern, name))
        throw new Error(`${given} is not the name of ${what}, such as ${example}: "${listing}" shows what there is.`);
      try {
        process.stdout.write(`${await decide(connection, { name, reason })}\n`);
      } catch (error) {
        throw new Error(ConnectError.from(error).message, { cause: error });
      }
    });
}

/** Approves the step that the rollout is at now, and no other. */
const approve: Decide = async ({ rollouts }, said) => {
  const { rollout } = await rollouts.getRollout({ name: said.name });
  return told(rollouts.approveRolloutStep({ ...said, step: rollout?.step ?? 0 }));
};

async function told(response: Promise<{ readonly rollout?: Rollout | undefined }>): Promise<string> {
  const { rollout } = await response;
  if (rollout === undefined) throw new Error("the platform answered without the rollout");
  const { name, step, plan, state } = rollout;
  const count = plan?.steps.length ?? 0;
  const said = `${name} is ${enumWords(RolloutState[state])}`;
  // Some strategies have no steps.
  if (count === 0) return said;
  return step < count ? `${said}, at step ${step + 1} of ${count}` : `${said}, behind its last step`;
}

function serving(deployment: Deployment | undefined): string {
  if (deployment === undefined) throw new Error("the platform answered without the deployment");
  const shares = deployment.traffic.map((it) => `${it.release} with ${it.weightBasisPoints / 100} %`);
  return `${deployment.name} is at revision ${deployment.etag}: ${shares.join(", ")}`;
}

function wholeNumber(text: string): bigint {
  if (!/^[1-9]\d{0,17}$/.test(text)) throw new Error(`--to-revision ${text} is no revision: they are numbered from 1`);
  return BigInt(text);
}
