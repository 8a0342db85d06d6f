import { create, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import {
  ColumnClass,
  HierarchyAncestorsSchema,
  NoiseKind,
  type PrivacyTreatment,
  PrivacyTreatmentSchema,
  CalendarUnit as WireCalendarUnit,
} from "@throughline/contracts/throughline/features/v1/privacy_pb";
import type { ColumnClass as Class, Treatment } from "@throughline/privacy";

const CLASSES: Readonly<Record<Class, ColumnClass>> = {
  none: ColumnClass.OPEN,
  identifier: ColumnClass.IDENTIFIER,
  quasi_identifier: ColumnClass.QUASI_IDENTIFIER,
  sensitive: ColumnClass.SENSITIVE,
};

const CLASSES_FROM_WIRE = new Map(Object.entries(CLASSES).map(([name, wire]) => [wire, name as Class]));

export const classToProto = (it: Class): ColumnClass => CLASSES[it];

export const classFromProto = (it: ColumnClass): Class => CLASSES_FROM_WIRE.get(it) ?? "none";

type CalendarUnit = Extract<Treatment, { kind: "calendar" }>["unit"];

const UNITS: Readonly<Record<CalendarUnit, WireCalendarUnit>> = {
  day: WireCalendarUnit.DAY,
  month: WireCalendarUnit.MONTH,
  quarter: WireCalendarUnit.QUARTER,
  year: WireCalendarUnit.YEAR,
};

const UNITS_FROM_WIRE = new Map(Object.entries(UNITS).map(([name, wire]) => [wire, name as CalendarUnit]));

/** The contract has made sure that there is a kind. */
export function treatmentFromProto(treatment: PrivacyTreatment | undefined): Treatment {
  const it = treatment?.kind;
  switch (it?.case) {
    case "drop":
    case "blank":
      return { kind: it.case };
    case "pseudonym":
      return { kind: "pseudonym", domain: it.value.domain };
    case "formatPreserving":
      return { kind: "format_preserving", domain: it.value.domain, alphabet: it.value.alphabet || DIGITS };
    case "range":
      return { kind: "range", edges: [...it.value.edges] };
    case "calendar":
      return { kind: "calendar", unit: UNITS_FROM_WIRE.get(it.value.unit) ?? "day" };
    case "prefix":
      return { kind: "prefix", characters: it.value.characters };
    case "hierarchy": {
      const table = Object.entries(it.value.table).map(([value, { names }]) => [value, [...names]] as const);
      return { kind: "hierarchy", table: Object.fromEntries(table), level: it.value.level };
    }
    case "noise": {
      const { kind, low, high, sensitivity, epsilon, delta } = it.value;
      const terms = { low, high, sensitivity, epsilon };
      return kind === NoiseKind.GAUSSIAN ? { kind: "gaussian", ...terms, delta } : { kind: "laplace", ...terms };
    }
    default:
      return { kind: "keep" };
  }
}

/** Whole numbers have no alphabet of their own. */
const DIGITS = "0123456789";

export const treatmentToProto = (it: Treatment): PrivacyTreatment =>
  create(PrivacyTreatmentSchema, { kind: kindToProto(it) ?? { case: undefined } });

type WireKind = Exclude<MessageInitShape<typeof PrivacyTreatmentSchema>, Message>["kind"];

function kindToProto(it: Treatment): WireKind {
  switch (it.kind) {
    case "keep":
    case "drop":
    case "blank":
      return { case: it.kind, value: {} };
    case "pseudonym":
      return { case: "pseudonym", value: { domain: it.domain } };
    case "format_preserving":
      return { case: "formatPreserving", value: { domain: it.domain, alphabet: it.alphabet } };
    case "range":
      return { case: "range", value: { edges: [...it.edges] } };
    case "calendar":
      return { case: "calendar", value: { unit: UNITS[it.unit] } };
    case "prefix":
      return { case: "prefix", value: { characters: it.characters } };
    case "hierarchy": {
      const table = Object.entries(it.table).map(
        ([value, names]) => [value, create(HierarchyAncestorsSchema, { names: [...names] })] as const,
      );
      return { case: "hierarchy", value: { table: Object.fromEntries(table), level: it.level } };
    }
    case "laplace":
    case "gaussian": {
      const { low, high, sensitivity, epsilon } = it;
      const delta = it.kind === "gaussian" ? it.delta : 0;
      const kind = it.kind === "gaussian" ? NoiseKind.GAUSSIAN : NoiseKind.LAPLACE;
      return { case: "noise", value: { kind, low, high, sensitivity, epsilon, delta } };
    }
  }
}
