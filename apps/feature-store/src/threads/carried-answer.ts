import { DomainError, type DomainErrorOptions, type ErrorKind, isDomainError } from "@throughline/kernel";

/** What a thread or a child process answers. An expected failure is carried in parts, since copies of errors lose their fields. */
export type CarriedAnswer = { readonly value: unknown } | { readonly failed: CarriedError } | { readonly bug: unknown };

interface CarriedError extends Pick<DomainErrorOptions, "metadata" | "violations"> {
  readonly kind: ErrorKind;
  readonly reason: Uppercase<string>;
  readonly message: string;
}

/** What some work gives, to be sent to whoever asked. */
export async function carriedAnswer(work: () => unknown): Promise<CarriedAnswer> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!isDomainError(error)) return { bug: error };
    const { kind, reason, message, metadata, violations } = error;
    return { failed: { kind, reason, message, metadata, violations } };
  }
}

/** Settles what somebody waits for with an answer that was carried. */
export function settle(waiting: PromiseWithResolvers<unknown> | undefined, answer: CarriedAnswer): void {
  if ("value" in answer) waiting?.resolve(answer.value);
  else if ("bug" in answer) waiting?.reject(answer.bug);
  else {
    const { kind, reason, message, ...parts } = answer.failed;
    waiting?.reject(new DomainError(kind, reason, message, parts));
  }
}
