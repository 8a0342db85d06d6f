import type { DropCost, FeatureFigures, Importance, NecessityReport as Reported } from "@throughline/selection";
import type { Column } from "@throughline/tables";
import { comparable } from "../sampled-rows.ts";
import type { Costs, Readers } from "./feature-facts.ts";
import type { Estimate, ReportContent, ReportedFigures } from "./necessity-report.ts";

/** Where the figures come from. */
export interface FigureSources {
  readonly reported: Reported;
  readonly readers: Readers;
  readonly costs: Costs;
  readonly importances: readonly Importance[];
  readonly dropCosts: readonly DropCost[];
}

/** The figures of every feature, in the order of the columns. */
export function figuresOf(columns: readonly Column[], sources: FigureSources): readonly ReportedFigures[] {
  const { reported, readers, costs, importances, dropCosts } = sources;
  const measured = new Map(reported.figures.map((it) => [it.feature, it]));
  return columns.map((column): ReportedFigures => {
    const { name } = column;
    const [cost, reading] = [costs.of.get(name), readers.of?.get(name)];
    const importance = importances.find((it) => it.columns.includes(name));
    const dropped = dropCosts.find((it) => it.feature === name);
    const linear = reported.ranking?.linear?.dropCosts.find((it) => it.feature === name);
    return {
      feature: name,
      notMeasuredBecause: comparable(column) ? "" : "its values are lists, which are not compared",
      ...measuredFigures(measured.get(name)),
      ...(importance && { importance: estimateOf(importance.rise) }),
      ...(dropped && { dropCost: estimateOf(dropped.rise) }),
      ...(linear && { linearDropCost: estimateOf(linear.rise) }),
      ...(cost !== undefined && { cost }),
      ...(reading && { readers: reading }),
    };
  });
}

/** The order in which features are worth having, and the linear model that it is told with. */
export function reportedRanking({ ranking }: Reported): Pick<ReportContent, "ranking" | "linear"> {
  if (!ranking) return {};
  const { order, linear, enough } = ranking;
  return {
    ranking: order.map(({ name, relevance, redundancy, riseUpTo }) => ({
      feature: name,
      relevance,
      redundancy,
      ...(riseUpTo && { linearRise: estimateOf(riseUpTo) }),
    })),
    ...(linear && {
      linear: {
        loss: linear.loss,
        lossOfAll: linear.lossOfAll,
        lossOfNone: linear.lossOfNone,
        rowCount: linear.rows,
        foldCount: linear.folds,
        enoughFeatureCount: enough ?? order.length,
      },
    }),
  };
}

function measuredFigures(figures: FeatureFigures | undefined): Pick<ReportedFigures, "spread" | "information"> {
  // Without rows there is nothing to say of them.
  if (!figures || figures.spread.rows === 0) return {};
  const { spread, information } = figures;
  const { missing, distinct, commonest, variance } = spread;
  return {
    spread: {
      missing,
      distinct,
      commonest: estimateOf(commonest),
      // A category has no variance.
      ...(Number.isFinite(variance) && { variance }),
    },
    ...(information && information.rows > 0 && { information: { ...information } }),
  };
}

const estimateOf = (it: { readonly estimate: number; readonly low: number; readonly high: number }): Estimate => ({
  value: it.estimate,
  low: it.low,
  high: it.high,
});
