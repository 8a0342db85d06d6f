import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import {
  type Deployment,
  DeploymentSchema,
  type LogPolicySchema,
  type RolloutSummarySchema,
} from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { DeploymentService } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import {
  type GraphSchema,
  type Release,
  ReleaseSchema,
} from "@throughline/contracts/throughline/registry/v1/release_pb";
import { ReleaseService } from "@throughline/contracts/throughline/registry/v1/release_service_pb";
import { type Digest, digestOfJson } from "@throughline/kernel";
import { fromMs, inMemoryTransport, mount } from "@throughline/rpc";

/** A model of the tests. */
export const fixture = (model: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../fixtures/${model}.onnx`, import.meta.url)));

/** The features of the small models, in their order. */
export const FEATURES = ["a", "b", "c"] as const;
export const SERVICE = "projects/default/featureServices/three";
export const SERVICE_DIGEST: Digest = digestOfJson(["three", ...FEATURES]);

interface WatchMessage {
  readonly deployments?: readonly Deployment[];
  readonly releases?: readonly Release[];
  readonly removedDeployments?: readonly string[];
  readonly complete?: boolean;
}

/** A registry of what serves, as its contract says: everything first, then each change; releases once in a stream. */
export function smallRegistry() {
  const deployments = new Map<string, Deployment>();
  const releases = new Map<string, Release>();
  const streams = new Set<{ push(message: WatchMessage): void; end(): void }>();
  let isAway = false;

  const named = (list: readonly Deployment[], sent: Set<string>): WatchMessage => {
    const wanted = list.flatMap((it) => it.traffic.map((share) => share.release)).filter((it) => !sent.has(it));
    for (const it of wanted) sent.add(it);
    return { deployments: [...list], releases: [...new Set(wanted)].flatMap((it) => releases.get(it) ?? []) };
  };
  const transport = inMemoryTransport([
    mount(DeploymentService, {
      async *watchDeployments(_request: unknown, context: HandlerContext) {
        if (isAway) throw new ConnectError("away", Code.Unavailable);
        const sent = new Set<string>();
        const waiting: WatchMessage[] = [{ ...named([...deployments.values()], sent), complete: true }];
        let wake = () => {};
        let isEnded = false;
        const stream = {
          push(message: WatchMessage) {
            waiting.push({ ...message, ...named(message.deployments ?? [], sent), complete: true });
            wake();
          },
          end() {
            isEnded = true;
            wake();
          },
        };
        streams.add(stream);
        context.signal.addEventListener("abort", stream.end);
        while (!isEnded) {
          for (const it of waiting.splice(0)) yield it;
          await new Promise<void>((resolve) => {
            wake = resolve;
            if (waiting.length > 0 || isEnded) resolve();
          });
        }
        streams.delete(stream);
      },
    } as never),
    mount(ReleaseService, {
      getRelease({ name }: { name: string }) {
        if (isAway) throw new ConnectError("away", Code.Unavailable);
        return { release: releases.get(name) };
      },
    } as never),
  ]);
  const tell = (deployment: Deployment): void => {
    deployments.set(deployment.name, deployment);
    for (const it of streams) it.push({ deployments: [deployment] });
  };
  return {
    transport,
    /** Adds a release of a model and gives its name. */
    release(model: Digest, options: ReleaseOptions = {}): string {
      const release = releaseOf(model, options, releases.size);
      releases.set(release.name, release);
      return release.name;
    },
    /** Adds a release with a graph, and gives its name. */
    graph(options: GraphReleaseOptions): string {
      const release = graphReleaseOf(options, releases.size);
      releases.set(release.name, release);
      return release.name;
    },
    digestOf: (release: string): string => releases.get(release)?.digest ?? "",
    deploy(name: string, shares: Shares, stickyKey = ""): void {
      tell(create(DeploymentSchema, { name, traffic: trafficOf(shares), stickyKey }));
    },
    /** Deploys with what a deployment may say besides. */
    deployWith(name: string, shares: Shares, more: DeployedWith): void {
      tell(create(DeploymentSchema, { ...more, name, traffic: trafficOf(shares) }));
    },
    /** Deploys with a rollout that is under way. */
    rollOut(name: string, shares: Shares, rollout: MessageInitShape<typeof RolloutSummarySchema>): void {
      tell(create(DeploymentSchema, { name, traffic: trafficOf(shares), rollout }));
    },
    remove(name: string): void {
      deployments.delete(name);
      for (const it of streams) it.push({ removedDeployments: [name] });
    },
    goAway(): void {
      isAway = true;
      for (const it of streams) it.end();
    },
    comeBack(): void {
      isAway = false;
    },
  };
}

interface DeployedWith {
  readonly log?: MessageInitShape<typeof LogPolicySchema>;
  readonly rollout?: MessageInitShape<typeof RolloutSummarySchema>;
  readonly stickyKey?: string;
}

/** Basis points by release. */
type Shares = Readonly<Record<string, number>>;

const trafficOf = (shares: Shares) =>
  Object.entries(shares).map(([release, weightBasisPoints]) => ({ release, weightBasisPoints }));

export interface ReleaseOptions {
  readonly input?: string;
  readonly output?: string;
  readonly column?: number;
  readonly features?: boolean;
  readonly thresholds?: Record<string, number>;
  readonly calibrationDigest?: Digest;
}

function releaseOf(model: Digest, options: ReleaseOptions, count: number): Release {
  const { input = "input", output = "score", column = 0, features = true, thresholds = {}, ...more } = options;
  const use = { inputTensor: input, outputTensor: output, outputColumn: column };
  const nodes = [{ name: "score", kind: { case: "model" as const, value: use } }];
  return graphReleaseOf(
    { models: { score: model }, graph: { nodes, outputNode: "score" }, features, thresholds, ...more },
    count,
  );
}

export interface GraphReleaseOptions {
  readonly graph: MessageInitShape<typeof GraphSchema>;
  /** By node. */
  readonly models: Readonly<Record<string, Digest>>;
  readonly features?: boolean;
  readonly thresholds?: Record<string, number>;
  readonly calibrationDigest?: Digest;
}

function graphReleaseOf(
  { graph, models, features = true, thresholds = {}, calibrationDigest }: GraphReleaseOptions,
  count: number,
): Release {
  const digest = digestOfJson([Object.entries(models), count]);
  const versionOf = (node: string): string => `projects/default/models/${node}/versions/1`;
  return create(ReleaseSchema, {
    name: `projects/default/releases/${digest.slice(7, 23)}`,
    digest,
    createTime: fromMs(1_000 + count),
    manifest: {
      models: Object.fromEntries(
        Object.entries(models).map(([node, it]) => [node, { digest: it, modelVersion: versionOf(node) }]),
      ),
      graph,
      thresholds,
      ...(calibrationDigest && { calibrationDigest }),
      ...(features
        ? {
            features: {
              featureService: SERVICE,
              featureServiceVersion: 2n,
              digest: SERVICE_DIGEST,
              viewVersions: { weather: 3n },
              features: [...FEATURES],
            },
          }
        : {}),
    },
  });
}
