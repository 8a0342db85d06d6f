import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { FeatureStatus } from "@throughline/contracts/throughline/features/v1/online_pb";
import { digestOfJson, type FeatureValue, rowDigest } from "@throughline/kernel";
import { fromMs, valueFromProto, valueToProto } from "@throughline/rpc";

/** A second feature service of the tests: what is known of an airport, for enrich nodes. */
export const AIRPORTS = "projects/default/featureServices/airports";
export const AIRPORT_FEATURES = ["gates", "delay"] as const;
const DIGEST = digestOfJson(["airports", ...AIRPORT_FEATURES]);
const KNOWN: Readonly<Record<string, readonly number[]>> = { ZRH: [3, 0.5], JFK: [9, 2] };

/** The enrich node's pins. */
export const PINNED_AIRPORTS = {
  featureService: AIRPORTS,
  featureServiceVersion: 4n,
  digest: DIGEST,
  viewVersions: { airports: 7n },
  features: [...AIRPORT_FEATURES],
};

export const airportsService = () => ({ featureService: { name: AIRPORTS, version: 4n, digest: DIGEST } });

interface Asked {
  readonly rows: readonly { readonly values: Readonly<Record<string, never>> }[];
}

/** The airport `slow` never answers, and `away` fails. */
export async function airportFeatures({ rows }: Asked, { signal }: HandlerContext) {
  const airports = rows.map(({ values }) => (values["airport"] ? valueFromProto(values["airport"]) : null));
  if (airports.includes("away")) throw new ConnectError("away", Code.Unavailable);
  if (airports.includes("slow")) await new Promise((_, reject) => signal.addEventListener("abort", reject));
  return {
    features: [...AIRPORT_FEATURES],
    vectors: airports.map(vectorOf),
    version: 4n,
    digest: DIGEST,
  };
}

function vectorOf(airport: FeatureValue) {
  const values: readonly FeatureValue[] = KNOWN[String(airport)] ?? AIRPORT_FEATURES.map(() => null);
  return {
    values: values.map((value) => ({
      value: valueToProto(value),
      status: value === null ? FeatureStatus.MISSING : FeatureStatus.PRESENT,
      knowledgeTime: fromMs(6),
    })),
    rowDigest: rowDigest([...values]),
  };
}
