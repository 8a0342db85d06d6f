import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import {
  type FeatureValue as FeatureMessage,
  FeatureStatus as StatusMessage,
} from "@throughline/contracts/throughline/features/v1/online_pb";
import { OnlineService } from "@throughline/contracts/throughline/features/v1/online_service_pb";
import { DomainError, LIMITS } from "@throughline/kernel";
import { fromNs, toNs, valueFromProto, valueToProto } from "@throughline/rpc";
import { featureAbsent, featuresChanged } from "../domain/errors.ts";
import type { BoundFeatures, Entity, Feature, FeatureSource, FeatureStatus } from "../domain/features.ts";
import type { Release, ReleaseFeatures } from "../domain/release.ts";
import { type FetchRows, featureBatches } from "./feature-batches.ts";
import { featureValues } from "./feature-values.ts";
import { keyFields } from "./key-fields.ts";

const STATUSES: Readonly<Record<StatusMessage, FeatureStatus>> = {
  [StatusMessage.UNSPECIFIED]: "missing",
  [StatusMessage.PRESENT]: "present",
  [StatusMessage.MISSING]: "missing",
  [StatusMessage.STALE]: "stale",
};

const ROW = "throughline.features.v1.Row" as const;

/** A call for several callers outlives none of them for long. */
const TIMEOUT = { timeoutMs: LIMITS.deadlineMsDefault } as const;

/** Online features from the feature store, by each release's pinned definition. */
export function onlineFeatures(transport: Transport): FeatureSource {
  const client = createClient(FeatureStoreService, transport);
  const columns = createClient(OnlineService, transport);
  return {
    async bind(release) {
      const pinned = release.features;
      if (pinned === undefined) throw featuresChanged(release.name, "the release names no features");
      const { service: name, version, digest } = pinned;
      const { featureService } = await client.getFeatureService({ name, version });
      if (featureService?.digest !== digest) {
        throw featuresChanged(release.name, `version ${version} of ${name} has the digest ${featureService?.digest}`);
      }
      const fetchValues = featureValues({ client: columns, release: release.name, pinned });
      return {
        keyFields: await keyFields(client, featureService),
        fetch: fetchOf({ client, release, pinned }),
        fetchValues,
      };
    },
  };
}

interface Binding {
  readonly client: ReturnType<typeof createClient<typeof FeatureStoreService>>;
  readonly release: Pick<Release, "name">;
  readonly pinned: ReleaseFeatures;
}

function fetchOf({ client, release, pinned }: Binding): BoundFeatures["fetch"] {
  const fetchRows: FetchRows<readonly Feature[]> = async (entities, asOfNs, call) => {
    // A whole message, of which none is made anew.
    const request = {
      $typeName: "throughline.features.v1.GetOnlineFeaturesRequest" as const,
      featureService: pinned.service,
      version: pinned.version,
      rows: entities.map((it) => ({ $typeName: ROW, values: rowOf(it) })),
      asOf: fromNs(asOfNs),
      withDetails: false,
    };
    const response = await client.getOnlineFeatures(request, optionsOf(call)).catch((error: unknown) => {
      throw failureOf(error);
    });
    if (response.digest !== pinned.digest) {
      throw featuresChanged(release.name, `the feature store answered for ${response.digest}, not ${pinned.digest}`);
    }
    const places = placesOf(release.name, { given: response.features, wanted: pinned.names });
    const toFeature = featureReader();
    return entities.map((_, i) => {
      const vector = response.vectors[i];
      if (vector === undefined) throw featuresChanged(release.name, "the feature store gave no vector");
      return places.map((place, at) => {
        const value = vector.values[place];
        if (value === undefined) throw featureAbsent(release.name, pinned.names[at]);
        return toFeature(value);
      });
    });
  };
  return featureBatches(fetchRows);
}

const optionsOf = (call: Parameters<FetchRows<unknown>>[2]) =>
  call.actor === undefined ? { ...TIMEOUT, headers: call.headers } : TIMEOUT;

const rowOf = (entity: Entity) =>
  Object.fromEntries(Object.entries(entity).map(([name, it]) => [name, valueToProto(it)]));

/** What the feature store says of the request goes on as it is; that it cannot be reached is said in our words. */
function failureOf(error: unknown): unknown {
  if (!(error instanceof ConnectError) || error.code !== Code.Unavailable) return error;
  return new DomainError(
    "unavailable",
    "FEATURES_UNAVAILABLE",
    "The feature store does not answer, so that no features can be read. Try again.",
    { cause: error },
  );
}

interface Names {
  readonly given: readonly string[];
  readonly wanted: readonly string[];
}

/** Where each wanted feature is among those that are given. */
function placesOf(release: string, { given, wanted }: Names): readonly number[] {
  return wanted.map((name, i) => {
    const place = given[i] === name ? i : given.indexOf(name);
    if (place < 0) throw featureAbsent(release, name);
    return place;
  });
}

/** Reads features of one answer, in which many have the same times. */
function featureReader(): (message: FeatureMessage) => Feature {
  const [events, knowledge] = [timeReader(), timeReader()];
  return (message) => {
    const { eventTime, knowledgeTime } = message;
    const [value, status] = [valueFromProto(message.value), STATUSES[message.status]];
    if (eventTime && knowledgeTime)
      return { value, status, eventTimeNs: events(eventTime), knowledgeTimeNs: knowledge(knowledgeTime) };
    return {
      value,
      status,
      ...(eventTime ? { eventTimeNs: events(eventTime) } : {}),
      ...(knowledgeTime ? { knowledgeTimeNs: knowledge(knowledgeTime) } : {}),
    };
  };
}

/** Reads times; the same message as before, which the feature store gives in one process, is read once. */
function timeReader(): (time: Timestamp) => bigint {
  let last: { readonly time: Timestamp; readonly ns: bigint } | undefined;
  return (time) => {
    if (last?.time !== time) last = { time, ns: toNs(time) };
    return last.ns;
  };
}
