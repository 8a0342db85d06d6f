import { DomainError } from "@throughline/kernel";

/** The predictions exist, and the log has no more of them than that. */
export const predictionsNotSampled = (names: readonly string[], kind: "not_found" | "precondition"): DomainError =>
  new DomainError(
    kind,
    "PREDICTION_NOT_SAMPLED",
    `${names.length} prediction(s) are not in the sample that their deployment logs: ${names.slice(0, 10).join(", ")}. Nothing more is known of them; leave them out, or let the deployment log everything.`,
    {
      metadata: { predictions: names.join(","), count: String(names.length) },
      violations: names.map((name) => ({ path: "prediction", description: `${name} is not in the sample` })),
    },
  );

/** The prediction is not in this router's log, and others that may have given it do not answer. */
export const routersAway = (addresses: readonly string[], cause: unknown): DomainError =>
  new DomainError(
    "unavailable",
    "ROUTERS_UNAVAILABLE",
    `The prediction was not given here, and not every other router can be asked${addresses.length > 0 ? ` (${addresses.join(", ")})` : ""}. Try again, or send it to the router that gave it.`,
    { metadata: { routers: addresses.join(",") }, retryAfterMs: 1_000, cause },
  );

/** As many large inputs wait for the blob store as may. */
export const inputsWaiting = (bytes: number): DomainError =>
  new DomainError(
    "exhausted",
    "PREDICTION_INPUTS_WAITING",
    `${bytes} bytes of large inputs wait for the blob store, which is away or slower than they come. Try again, send smaller inputs, or raise the deployment's log.inline_bytes_max.`,
    { metadata: { bytes: String(bytes) }, retryAfterMs: 1_000 },
  );
