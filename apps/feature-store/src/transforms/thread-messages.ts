import type { Json } from "@throughline/kernel";
import type { Column, TransformConstants } from "@throughline/transforms";

/** What a transform thread is asked. It answers each message with one answer. */
export type ThreadRequest =
  | { readonly kind: "begin"; readonly definition: Json; readonly constants?: TransformConstants }
  | { readonly kind: "add"; readonly columns: ReadonlyMap<string, Column> }
  | { readonly kind: "endPass" }
  | { readonly kind: "learned" }
  | { readonly kind: "apply"; readonly columns: ReadonlyMap<string, Column> };
