import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { certificateFindings } from "../thread/certificate.ts";
import { Badge } from "./text.tsx";

const MARKS = { good: "✓", bad: "✗", look: "!" } as const;

/** The leakage certificate of a training set in plain words. */
export function Certificate({ of }: { readonly of: TrainingSet }) {
  const passed = of.certificate?.passed;
  return (
    <div className="certificate">
      <Badge tone={passed === undefined ? "look" : passed ? "good" : "bad"}>
        {passed === undefined ? "not checked" : passed ? "no leak found" : "leaks"}
      </Badge>
      <ul>
        {certificateFindings(of).map((it) => (
          <li key={it.text} className={it.tone}>
            <span className="mark" aria-hidden="true">
              {MARKS[it.tone]}
            </span>
            {it.text}
          </li>
        ))}
      </ul>
    </div>
  );
}
