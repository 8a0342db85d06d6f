import { DomainError, isDomainError } from "@throughline/kernel";

/** Another service does not answer now, so that what it would have said is not known. */
export const serviceAway = (service: string, what: string, cause: unknown): DomainError =>
  new DomainError(
    "unavailable",
    "SERVICE_AWAY",
    `The ${service} could not be asked for ${what}: it does not answer. Try again when it does.`,
    { metadata: { service, what }, cause },
  );

/** What another service said, or why it could not be asked, as the beginning of a sentence. */
export interface Asked<T> {
  readonly found?: T | undefined;
  /** Such as `The validation service could not be asked for evaluations`. */
  readonly unasked?: string;
}

/** Whoever only tells what is known goes on without a service that is away, and says so. Fails with all else. */
export async function unlessAway<T>(answer: Promise<T> | undefined): Promise<Asked<T>> {
  try {
    return { found: await answer };
  } catch (error) {
    if (!isDomainError(error, "SERVICE_AWAY")) throw error;
    const { service, what } = error.metadata;
    return { unasked: `The ${service} could not be asked for ${what}` };
  }
}
