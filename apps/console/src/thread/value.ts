import type { Value } from "@throughline/contracts/throughline/type/v1/value_pb";
import { figure, instant } from "./format.ts";

const LIST_SHOWN_MAX = 20;
const BYTES_SHOWN_MAX = 16;

/** A typed value as text. Text is quoted nowhere: the page shows it as text and never as markup. */
export function valueText(value: Value | undefined): string {
  const kind = value?.kind;
  switch (kind?.case) {
    case undefined:
      return "null";
    case "float64Value":
      return figure(kind.value);
    case "timestampValue":
      return instant(kind.value);
    case "bytesValue":
      return `${[...kind.value.slice(0, BYTES_SHOWN_MAX)].map((it) => it.toString(16).padStart(2, "0")).join(" ")}${
        kind.value.length > BYTES_SHOWN_MAX ? " …" : ""
      }`;
    case "listValue": {
      const { values } = kind.value;
      const shown = values.slice(0, LIST_SHOWN_MAX).map(valueText).join(", ");
      return `[${shown}${values.length > LIST_SHOWN_MAX ? `, … ${values.length} in all` : ""}]`;
    }
    default:
      return String(kind?.value);
  }
}
