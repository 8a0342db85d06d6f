import type { Row } from "@throughline/tables";
import type { Reporting, Suspecting } from "../domain/selecting.ts";

/** What a selection thread is asked. It answers each message with one answer. */
export type SelectionRequest =
  | { readonly kind: "begin"; readonly columns: readonly string[] }
  | { readonly kind: "add"; readonly rows: readonly Row[] }
  | { readonly kind: "suspects"; readonly asked: Suspecting }
  | { readonly kind: "report"; readonly asked: Reporting };
