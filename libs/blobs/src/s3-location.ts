import { ConfigError } from "@throughline/kernel";

/** Where an S3-compatible bucket is, and who we are there. */
export interface S3Location {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly region: string;
  readonly bucket: string;
  /** What every key starts with; empty, or ends in a slash. */
  readonly prefix: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

const OPTIONS = new Set(["tls", "region", "prefix"]);

/**
 * Reads `s3://[access:secret@]host[:port]/bucket[?tls=false][&region=us-east-1][&prefix=folder/]`. The keys may stand in
 * `env` instead, as AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; special characters in the URL are
 * percent-encoded. Fails with a ConfigError that lists every problem and shows no secret.
 */
export function parseS3Url(url: string, env: Env): S3Location {
  const parsed = URL.parse(url);
  if (parsed?.protocol !== "s3:") throw new ConfigError(["the address of the object storage is not an s3:// URL"]);
  const tls = parsed.searchParams.get("tls") ?? "true";
  const prefix = parsed.searchParams.get("prefix") ?? "";
  const fromUrl = parsed.username !== "" || parsed.password !== "";
  const sessionToken = fromUrl ? undefined : env["AWS_SESSION_TOKEN"];
  const location = {
    host: parsed.hostname.replace(/^\[|\]$/g, ""),
    port: Number(parsed.port || (tls === "false" ? 80 : 443)),
    tls: tls !== "false",
    region: parsed.searchParams.get("region") ?? "us-east-1",
    bucket: parsed.pathname.slice(1),
    prefix: prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`,
    accessKey: fromUrl ? decoded(parsed.username) : (env["AWS_ACCESS_KEY_ID"] ?? ""),
    secretKey: fromUrl ? decoded(parsed.password) : (env["AWS_SECRET_ACCESS_KEY"] ?? ""),
    ...(sessionToken ? { sessionToken } : {}),
  };
  const problems = [...problemsOf(location), ...optionProblems(parsed, tls)];
  if (problems.length > 0) throw new ConfigError(problems);
  return location;
}

function problemsOf(location: S3Location): readonly string[] {
  const problems: string[] = [];
  if (location.host === "") problems.push("the s3:// URL names no host");
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(location.bucket)) {
    problems.push(`"${location.bucket}" is not a bucket: 3 to 63 of a-z 0-9 . - after the host's slash`);
  }
  if (!/^([A-Za-z0-9_-][A-Za-z0-9._-]*\/)*$/.test(location.prefix) || location.prefix.length > 512) {
    problems.push(`"${location.prefix}" is not a prefix: names of A-Z a-z 0-9 . _ - separated by slashes`);
  }
  if (!/^[a-z0-9-]+$/.test(location.region)) problems.push(`"${location.region}" is not a region`);
  if (location.accessKey === "" || location.secretKey === "") {
    problems.push(
      "there are no keys: put access:secret@ into the URL, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    );
  }
  return problems;
}

function optionProblems(url: URL, tls: string): readonly string[] {
  const unknown = [...url.searchParams.keys()].filter((it) => !OPTIONS.has(it));
  return [
    ...unknown.map((it) => `"${it}" is not an option of an s3:// URL: there are ${[...OPTIONS].join(", ")}`),
    ...(tls === "true" || tls === "false" ? [] : [`tls="${tls}" is neither true nor false`]),
    ...(url.hash === "" ? [] : ["an s3:// URL has no part after #"]),
  ];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConfigError(["the keys in the s3:// URL are not percent-encoded: write % as %25"]);
  }
}
