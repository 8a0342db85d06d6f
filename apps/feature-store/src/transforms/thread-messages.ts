import type { DomainErrorOptions, ErrorKind, Json } from "@throughline/kernel";
import type { Column, TransformConstants } from "@throughline/transforms";

/** What a transform thread is asked. It answers each message with one answer. */
export type ThreadRequest =
  | { readonly kind: "begin"; readonly definition: Json; readonly constants?: TransformConstants }
  | { readonly kind: "add"; readonly columns: ReadonlyMap<string, Column> }
  | { readonly kind: "endPass" }
  | { readonly kind: "learned" }
  | { readonly kind: "apply"; readonly columns: ReadonlyMap<string, Column> };

/** What it answers. An expected failure is carried in parts, since threads copy errors without their fields. */
export type ThreadAnswer = { readonly value: unknown } | { readonly failed: CarriedError } | { readonly bug: unknown };

export interface CarriedError extends Pick<DomainErrorOptions, "metadata" | "violations"> {
  readonly kind: ErrorKind;
  readonly reason: Uppercase<string>;
  readonly message: string;
}
