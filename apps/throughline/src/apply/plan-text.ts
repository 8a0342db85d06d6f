import {
  ChangeAction,
  type DefinitionChange,
} from "@throughline/contracts/throughline/features/v1/definition_service_pb";

const SIGNS: Readonly<Record<ChangeAction, string>> = {
  [ChangeAction.UNSPECIFIED]: "?",
  [ChangeAction.ADD]: "+",
  [ChangeAction.NEW_VERSION]: "^",
  [ChangeAction.UPDATE]: "~",
  [ChangeAction.UNCHANGED]: " ",
};

/** A plan as a person reads it: one line for each definition, and how many of each kind there are. */
export function planText(changes: readonly DefinitionChange[]): string {
  const count = (action: ChangeAction): number => changes.filter((it) => it.action === action).length;
  return [
    ...changes.map(lineOf),
    `${count(ChangeAction.ADD)} to add, ${count(ChangeAction.NEW_VERSION)} with a new version, ` +
      `${count(ChangeAction.UPDATE)} to change in place, ${count(ChangeAction.UNCHANGED)} unchanged. Nothing is deleted.`,
  ].join("\n");
}

function lineOf({ name, action, versionBefore, version, fields }: DefinitionChange): string {
  const what = {
    [ChangeAction.UNSPECIFIED]: "unknown",
    [ChangeAction.ADD]: version > 0n ? `add, version ${version}` : "add",
    [ChangeAction.NEW_VERSION]: `version ${versionBefore} -> ${version}`,
    [ChangeAction.UPDATE]: "change in place",
    [ChangeAction.UNCHANGED]: version > 0n ? `unchanged, version ${version}` : "unchanged",
  }[action];
  const short = name.split("/").slice(2).join("/");
  return `${SIGNS[action]} ${short}: ${what}${fields.length > 0 ? ` (${fields.join(", ")})` : ""}`;
}

/** True if there is something to do. */
export const changesSomething = (changes: readonly DefinitionChange[]): boolean =>
  changes.some((it) => it.action !== ChangeAction.UNCHANGED);
