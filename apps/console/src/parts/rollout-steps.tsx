import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { type Rollout, RolloutState } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { type BanditPlan, BanditPolicy } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import { basisPoints, figure, words } from "../thread/format.ts";
import { isUnderWay, stepText, toneOfRollout } from "../thread/rollout-words.ts";
import { type ColumnOf, LongTable, Table } from "./table.tsx";
import { Ago, Badge, ResourceLink } from "./text.tsx";

/** The way of a rollout: its steps with where it stands, or the arms among which traffic moves. */
export function RolloutSteps({ of }: { readonly of: Rollout }) {
  const { steps = [], bandit } = of.plan ?? {};
  if (of.strategy === Strategy.BANDIT && bandit) return <Arms of={bandit} shares={of.armShares} />;
  if (steps.length === 0) return <p className="quiet">The candidate takes over at once.</p>;
  const rows = steps.map((step, index) => ({ step, index }));
  const columns: readonly ColumnOf<(typeof rows)[number]>[] = [
    { title: "Step", number: true, cell: (it) => it.index + 1 },
    { title: "What it asks for", cell: (it) => stepText(it.step) },
    { title: "State", cell: (it) => <StepState of={of} index={it.index} /> },
  ];
  return <LongTable rows={rows} rowKey={(it) => String(it.index)} columns={columns} />;
}

function StepState({ of, index }: { readonly of: Rollout; readonly index: number }) {
  if (index < of.step) return <Badge tone="good">done</Badge>;
  if (index > of.step) return <span className="quiet">–</span>;
  return (
    <>
      <Badge tone={toneOfRollout(of.state)}>{words(RolloutState[of.state] ?? "")}</Badge>{" "}
      {isUnderWay(of.state) && "since "}
      <Ago time={isUnderWay(of.state) ? of.stepStartTime : of.endTime} />
    </>
  );
}

interface ArmsProps {
  readonly of: BanditPlan;
  readonly shares: Rollout["armShares"];
}

function Arms({ of: { policy, epsilon, reward, arms, contextFields }, shares }: ArmsProps) {
  const rows = arms.map((arm) => ({ arm, share: shares.find((it) => it.release === arm.release) }));
  return (
    <>
      <p className="quiet">
        Traffic moves to the arms that make <code>{reward || "actual"}</code> great, by{" "}
        {words(BanditPolicy[policy || BanditPolicy.THOMPSON_BERNOULLI])}
        {epsilon > 0 && ` with an epsilon of ${figure(epsilon)}`}
        {contextFields.length > 0 &&
          ` of ${contextFields.join(", ")}: each request has shares of its own, and those below are the mean context's`}
        .
      </p>
      <Table rows={rows} rowKey={(it) => it.arm.release} columns={ARM_COLUMNS} />
    </>
  );
}

interface ArmRow {
  readonly arm: BanditPlan["arms"][number];
  readonly share: Rollout["armShares"][number] | undefined;
}

const ARM_COLUMNS: readonly ColumnOf<ArmRow>[] = [
  { title: "Arm", cell: ({ arm }) => <ResourceLink name={arm.release} /> },
  { title: "Has", number: true, cell: ({ share }) => (share ? basisPoints(share.weightBasisPoints) : "–") },
  { title: "Never less than", number: true, cell: ({ arm }) => basisPoints(arm.floorBasisPoints) },
];
