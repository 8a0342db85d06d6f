import { DomainError } from "@throughline/kernel";

/** Retries sooner than this would only come back. */
const RETRY_MS_LEAST = 10;

interface Crowded {
  readonly digest: string;
  /** How long what waits already will take. */
  readonly waitMs: number;
}

/** As many requests wait for the model as may, and none of them gives way to this one. */
export const queueFull = ({ digest, waitMs, rowsMax }: Crowded & { readonly rowsMax: number }): DomainError =>
  new DomainError(
    "exhausted",
    "QUEUE_FULL",
    `${rowsMax} rows wait for the model ${digest} already. Send fewer at a time, and try again in ${retryMs(waitMs)} ms.`,
    { metadata: { digest, rowsMax: String(rowsMax) }, retryAfterMs: retryMs(waitMs) },
  );

/** The request gave way to one of a higher priority. */
export const gaveWay = ({ digest, waitMs }: Crowded): DomainError =>
  new DomainError(
    "exhausted",
    "QUEUE_FULL",
    `The queue of the model ${digest} is full, and a request of a higher priority came. Try again in ${retryMs(waitMs)} ms.`,
    { metadata: { digest }, retryAfterMs: retryMs(waitMs) },
  );

/** The answer would come after the caller's deadline, so that the model is not troubled with it. */
export const deadlineUnreachable = ({ digest, waitMs, leftMs }: Crowded & { readonly leftMs: number }): DomainError =>
  new DomainError(
    "exhausted",
    "DEADLINE_UNREACHABLE",
    `What waits for the model ${digest} takes ${Math.ceil(waitMs)} ms, and the call has ${Math.floor(leftMs)} ms left. Give it more time, or try again in ${retryMs(waitMs)} ms.`,
    {
      metadata: { digest, waitMs: String(Math.ceil(waitMs)), leftMs: String(Math.floor(leftMs)) },
      retryAfterMs: retryMs(waitMs),
    },
  );

/** Idle models may not be loaded again, because those at work have all the memory that models may have. */
export const modelsMemoryFull = (digest: string, bytesMax: number): DomainError =>
  new DomainError(
    "exhausted",
    "MODELS_MEMORY_FULL",
    `The model ${digest} was unloaded while it was idle, and the models at work use the ${Math.round(bytesMax / 1024 ** 2)} MiB that models may have. Try again, or give the router more memory for models.`,
    { metadata: { digest, bytesMax: String(bytesMax) }, retryAfterMs: 1_000 },
  );

/** The model's process is gone and is being replaced. */
export const processReplaced = (digest: string, pauseMs: number): DomainError =>
  new DomainError(
    "unavailable",
    "MODEL_UNAVAILABLE",
    `The process of the model ${digest} is being replaced. Try again in a moment.`,
    { metadata: { digest }, retryAfterMs: Math.max(pauseMs, REPLACED_MS) },
  );

/** What a new process takes to be there, with room to spare. */
const REPLACED_MS = 500;

const retryMs = (waitMs: number): number => Math.max(RETRY_MS_LEAST, Math.ceil(waitMs));
