import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext, type Transport } from "@connectrpc/connect";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { FeatureStatus } from "@throughline/contracts/throughline/features/v1/online_pb";
import { type Deployment, DeploymentSchema } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { DeploymentService } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { type Release, ReleaseSchema } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { type Digest, digestOfJson, rowDigest } from "@throughline/kernel";
import { fromMs, inMemoryTransport, mount, valueFromProto } from "@throughline/rpc";

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
  ]);
  return {
    transport,
    /** Adds a release of a model and gives its name. */
    release(model: Digest, options: ReleaseOptions = {}): string {
      const release = releaseOf(model, options, releases.size);
      releases.set(release.name, release);
      return release.name;
    },
    deploy(name: string, shares: Readonly<Record<string, number>>, stickyKey = ""): void {
      const traffic = Object.entries(shares).map(([release, weightBasisPoints]) => ({ release, weightBasisPoints }));
      const deployment = create(DeploymentSchema, { name, traffic, stickyKey });
      deployments.set(name, deployment);
      for (const it of streams) it.push({ deployments: [deployment] });
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

export interface ReleaseOptions {
  readonly input?: string;
  readonly output?: string;
  readonly column?: number;
  readonly features?: boolean;
  readonly thresholds?: Record<string, number>;
}

function releaseOf(model: Digest, options: ReleaseOptions, count: number): Release {
  const { input = "input", output = "score", column = 0, features = true, thresholds = {} } = options;
  const digest = digestOfJson([model, count]);
  return create(ReleaseSchema, {
    name: `projects/default/releases/${digest.slice(7, 23)}`,
    digest,
    createTime: fromMs(1_000 + count),
    manifest: {
      models: { score: { digest: model } },
      graph: {
        nodes: [
          {
            name: "score",
            kind: { case: "model", value: { inputTensor: input, outputTensor: output, outputColumn: column } },
          },
        ],
        outputNode: "score",
      },
      thresholds,
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

/** A feature store whose features are what the row says, at version 2; version 1 had another digest. */
export const smallFeatureStore = (): Transport =>
  inMemoryTransport([
    mount(FeatureStoreService, {
      getFeatureService: ({ version }: { version: bigint }) => ({
        featureService: {
          name: SERVICE,
          version: version || 3n,
          digest: version === 2n ? SERVICE_DIGEST : digestOfJson("x"),
        },
      }),
      getOnlineFeatures(request: { version: bigint; rows: { values: Record<string, never> }[] }) {
        const vectors = request.rows.map((row) => {
          const values = FEATURES.map((name) => row.values[name]);
          return {
            values: values.map((value) => ({
              ...(value ? { value } : {}),
              status: value ? FeatureStatus.PRESENT : FeatureStatus.MISSING,
              ...(value ? { knowledgeTime: fromMs(5) } : {}),
            })),
            rowDigest: rowDigest(values.map(valueFromProto)),
          };
        });
        const digest = request.version === 2n ? SERVICE_DIGEST : digestOfJson("x");
        return { features: [...FEATURES], vectors, version: request.version, digest };
      },
    } as never),
  ]);
