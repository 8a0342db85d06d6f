import { snakeCase } from "./canvas.ts";
import type { NumberedChange } from "./change.ts";

/** What people say of a model on its card. Texts are empty where nothing was said. */
export interface CardTextRecord {
  readonly owners: readonly string[];
  readonly intendedUse: string;
  readonly outOfScopeUse: string;
  readonly limitations: string;
  readonly ethicalConsiderations: string;
  readonly recommendations: string;
  readonly license: string;
  readonly references: readonly string[];
}

/** What people say of a model, as one change left it. `change` is absent if nothing was ever written. */
export interface CardText extends CardTextRecord {
  /** `{model}/card`. */
  readonly name: string;
  readonly change?: NumberedChange;
}

export const EMPTY_CARD_TEXT: CardTextRecord = {
  owners: [],
  intendedUse: "",
  outOfScopeUse: "",
  limitations: "",
  ethicalConsiderations: "",
  recommendations: "",
  license: "",
  references: [],
};

/** Sections without which a card is not complete: nobody but people can fill them in. */
const REQUIRED = [
  "owners",
  "intendedUse",
  "outOfScopeUse",
  "limitations",
  "ethicalConsiderations",
  "recommendations",
] as const satisfies readonly (keyof CardTextRecord)[];

/** The empty ones of them, by their names in the contract. */
export const missingSections = (text: CardTextRecord): readonly string[] =>
  REQUIRED.filter((it) => (typeof text[it] === "string" ? text[it].trim() === "" : text[it].length === 0)).map(
    snakeCase,
  );
