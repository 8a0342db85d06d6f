import { type LearnedStep, shortJson } from "../thread/fit.ts";
import { count } from "../thread/format.ts";
import { type ColumnOf, LongTable } from "./table.tsx";
import { Clipped } from "./text.tsx";

/** The steps of transforms: what each does to which columns, and what it learned. */
export const LearnedSteps = ({ of }: { readonly of: readonly LearnedStep[] }) => (
  <LongTable rows={of} rowKey={(it) => it.output} columns={STEPS} />
);

const STEPS: readonly ColumnOf<LearnedStep>[] = [
  { title: "Gives", cell: (it) => <Clipped text={it.output} className="mono" /> },
  { title: "Step", cell: (it) => it.kind },
  { title: "Takes", cell: (it) => <Clipped text={it.inputs.join(", ")} className="mono" /> },
  { title: "With", cell: (it) => <Clipped text={it.settings.join(", ") || "–"} /> },
  { title: "Learned", cell: (it) => <Learned of={it} /> },
];

const Learned = ({ of }: { readonly of: LearnedStep }) =>
  of.learned.length === 0 ? (
    <span className="quiet">nothing</span>
  ) : (
    <span className="mini-pairs">
      {of.learned.map(([name, value]) => (
        <span key={name} title={shortJson(value, 200)}>
          <span className="quiet">{name}</span> <span className="number">{shortJson(value, 3)}</span>
          {Array.isArray(value) && value.length > 3 && <span className="quiet"> of {count(value.length)}</span>}
        </span>
      ))}
    </span>
  );
