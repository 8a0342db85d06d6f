import {
  ColumnClass,
  type ColumnRule,
  type TreatedColumn,
} from "@throughline/contracts/throughline/features/v1/privacy_pb";
import { count } from "../thread/format.ts";
import { classWords, useText } from "../thread/treatment.ts";
import type { ColumnOf } from "./table.tsx";
import { Badge, Clipped, type Tone } from "./text.tsx";

const TONES: Readonly<Record<ColumnClass, Tone>> = {
  [ColumnClass.UNSPECIFIED]: "calm",
  [ColumnClass.OPEN]: "good",
  [ColumnClass.IDENTIFIER]: "bad",
  [ColumnClass.QUASI_IDENTIFIER]: "look",
  [ColumnClass.SENSITIVE]: "look",
};

/** What a column can do to a person, in a word. */
export const ClassBadge = ({ of }: { readonly of: ColumnClass }) => (
  <Badge tone={TONES[of] ?? "calm"}>{classWords(of)}</Badge>
);

/** The columns of a table of a policy's rules. */
export const ruleColumns: readonly ColumnOf<ColumnRule>[] = [
  { title: "Column", cell: (it) => <Clipped text={it.column} className="mono" /> },
  { title: "Class", cell: (it) => <ClassBadge of={it.class} /> },
  {
    title: "May be carried for",
    cell: (it) => (
      <span className="wrapped">
        {it.uses.length > 0
          ? it.uses.map(useText).join("; ")
          : it.class === ColumnClass.OPEN
            ? "every purpose: carried as they are"
            : "no purpose"}
      </span>
    ),
  },
];

/** The columns of a table of what a policy did to a training set. */
export const treatedColumns: readonly ColumnOf<TreatedColumn>[] = [
  { title: "Column", cell: (it) => <Clipped text={it.column} className="mono" /> },
  { title: "Class", cell: (it) => <ClassBadge of={it.class} /> },
  { title: "What was done", cell: (it) => it.treatment.replaceAll("_", " ") },
  { title: "Values lost", number: true, cell: (it) => count(it.suppressedValueCount) },
];
