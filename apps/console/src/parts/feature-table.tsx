import { FeatureStatus, type FeatureValue } from "@throughline/contracts/throughline/features/v1/online_pb";
import type { Prediction } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { words } from "../thread/format.ts";
import { valueText } from "../thread/value.ts";
import { LongTable } from "./table.tsx";
import { Badge, Clipped, Instant, type Tone } from "./text.tsx";

interface Row {
  readonly place: number;
  readonly feature: string;
  readonly value: FeatureValue | undefined;
}

/** The feature vector of a prediction, or of one of its nodes, with both times of each value. */
export function FeatureTable({ of }: { readonly of: Pick<Prediction, "features" | "vector"> }) {
  const rows = of.features.map((feature, i): Row => ({ place: i + 1, feature, value: of.vector?.values[i] }));
  return (
    <>
      <LongTable
        rows={rows}
        rowKey={(it) => it.feature}
        columns={[
          { title: "#", number: true, cell: (it) => String(it.place) },
          { title: "Feature", cell: (it) => <Clipped text={it.feature} className="mono" /> },
          { title: "Value", number: true, cell: (it) => <Clipped text={valueText(it.value?.value)} /> },
          { title: "Status", cell: (it) => <Status of={it.value?.status ?? FeatureStatus.UNSPECIFIED} /> },
          { title: "Happened", cell: (it) => <Instant time={it.value?.eventTime} /> },
          { title: "Known", cell: (it) => <Instant time={it.value?.knowledgeTime} /> },
        ]}
      />
      <p className="quiet">
        Row digest <Clipped text={of.vector?.rowDigest ?? "–"} className="mono" />
      </p>
    </>
  );
}

const TONES: Readonly<Record<FeatureStatus, Tone>> = {
  [FeatureStatus.UNSPECIFIED]: "calm",
  [FeatureStatus.PRESENT]: "good",
  [FeatureStatus.MISSING]: "look",
  [FeatureStatus.STALE]: "look",
};

const Status = ({ of }: { readonly of: FeatureStatus }) => (
  <Badge tone={TONES[of] ?? "calm"}>{words(FeatureStatus[of])}</Badge>
);
