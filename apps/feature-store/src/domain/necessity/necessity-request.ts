import { DomainError, notFound } from "@throughline/kernel";
import type { DropCost, NecessityThresholds } from "@throughline/selection";
import type { Column } from "@throughline/tables";
import type { BoundService } from "../feature-service.ts";
import { problems } from "../problems.ts";
import { comparable } from "../sampled-rows.ts";
import type { TrainingSet, TrainingSets } from "../training-set.ts";
import { type ModelUse, modelNotApplicable, modelUse } from "./model-use.ts";
import type { DropOneBasis } from "./necessity-report.ts";
import type { RegisteredModel, ReleasedModels } from "./released-models.ts";
import type { ImportanceLoss } from "./scoring.ts";

/** What is asked of a model. */
export interface ImportanceRequest {
  readonly modelVersion: string;
  /** Empty: the only output of numbers. */
  readonly outputTensor: string;
  readonly outputColumn: number;
  readonly loss: ImportanceLoss | undefined;
  readonly rowsMax: number;
  readonly repeats: number;
  /** What is shuffled together; features in none are shuffled by themselves. */
  readonly groups: readonly (readonly string[])[];
}

/** What a report is asked for. */
export interface NecessityRequest {
  readonly trainingSet: TrainingSet;
  readonly bound: BoundService;
  /** Empty: the first one, if there is any. */
  readonly label: string;
  readonly seed: number;
  readonly rowsMax: number;
  readonly thresholds: NecessityThresholds;
  readonly costs: ReadonlyMap<string, number>;
  /** What the caller's trainer found that models lose without a feature. */
  readonly dropCosts: readonly DropCost[];
  /** How it found them. */
  readonly dropOne?: DropOneBasis;
  readonly importance?: ImportanceRequest;
  readonly actor: string;
  /** Name of the operation. */
  readonly operation: string;
}

/** A request that can be carried out. */
export interface CheckedRequest extends NecessityRequest {
  /** Undefined: there is none. */
  readonly labelColumn: Column | undefined;
  /** The features as the training set has them, in the service's order. */
  readonly columns: readonly Column[];
  readonly importance?: CheckedImportance;
}

export interface CheckedImportance extends ImportanceRequest {
  readonly model: RegisteredModel;
  readonly use: ModelUse;
}

/** Types of labels that a model's prediction can be held against. */
const NUMBERS: ReadonlySet<string> = new Set(["bool", "int64", "float64"]);

/** Checks a request before any work. Fails with INVALID_FIELD, MODEL_NOT_APPLICABLE, NOT_FOUND, REGISTRY_UNREACHABLE. */
export async function checkNecessity(models: ReleasedModels, request: NecessityRequest): Promise<CheckedRequest> {
  const { trainingSet, bound, importance: asked, ...rest } = request;
  const wrong = problems();
  const names = bound.features.map((it) => it.name);
  const label = request.label || (trainingSet.labelColumns[0] ?? "");
  const columns = new Map(trainingSet.columns.map((it) => [it.name, it]));
  const labelColumn = columns.get(label);
  if (label !== "" && !trainingSet.labelColumns.includes(label))
    wrong.add(
      "label",
      `"${label}" is no label of the training set; its labels are ${listed(trainingSet.labelColumns)}`,
    );
  else if (labelColumn && !comparable(labelColumn))
    wrong.add("label", `"${label}" holds lists, which are not compared`);
  for (const name of request.costs.keys())
    if (!names.includes(name)) wrong.add(`costs["${name}"]`, "it is no feature of the service");
  for (const { feature, rise } of request.dropCosts) {
    const path = `drop_costs["${feature}"]`;
    if (!names.includes(feature)) wrong.add(path, "it is no feature of the service");
    // Also wrong if one of them is no number.
    if (!(Number.isFinite(rise.low) && rise.low <= rise.estimate && rise.estimate <= rise.high && rise.high < Infinity))
      wrong.add(path, "`low`, `value` and `high` have to be finite and ascend");
  }
  if (request.dropOne && request.dropCosts.length === 0) wrong.add("drop_one", "it comes with `drop_costs` alone");
  asked?.groups.forEach((group, i) => {
    for (const name of group) {
      const path = `importance.groups[${i}].features`;
      if (!names.includes(name)) wrong.add(path, `"${name}" is no feature of the service`);
      else if (asked.groups.some((it, other) => other < i && it.includes(name)))
        wrong.add(path, `"${name}" is in an earlier group too`);
    }
  });
  wrong.throwIfAny();
  const features = names.flatMap((it) => columns.get(it) ?? []);
  const checked = { ...rest, trainingSet, bound, label, labelColumn, columns: features };
  return asked ? { ...checked, importance: await checkedImportance(models, asked, checked) } : checked;
}

async function checkedImportance(
  models: ReleasedModels,
  asked: ImportanceRequest,
  { columns, labelColumn }: Pick<CheckedRequest, "columns" | "labelColumn">,
): Promise<CheckedImportance> {
  const { modelVersion, outputTensor, outputColumn } = asked;
  const model = await models.model(modelVersion);
  if (!model) throw notFound(modelVersion);
  const refuse = (why: string): DomainError => modelNotApplicable(modelVersion, why);
  if (!model.signature) throw refuse("it is no ONNX model, which is all that the platform can run");
  if (!labelColumn) throw refuse("the training set has no label to judge it by");
  if (!NUMBERS.has(labelColumn.type))
    throw refuse(`the label ${labelColumn.name} is ${labelColumn.type}, and no number`);
  const { signature } = model;
  const use = modelUse({ modelVersion, signature, features: columns, outputTensor, outputColumn });
  return { ...asked, model, use };
}

/** The newest training set of a version of a feature service. Fails with NO_TRAINING_SET. */
export async function newestTrainingSet(
  trainingSets: Pick<TrainingSets, "list">,
  service: { readonly project: string; readonly id: string; readonly version: number },
): Promise<TrainingSet> {
  let token = "";
  do {
    const page = await trainingSets.list(service.project, { size: 1_000, token });
    const found = page.items.find(
      (it) => it.featureService === service.id && it.featureServiceVersion === service.version,
    );
    if (found) return found;
    token = page.nextPageToken;
  } while (token !== "");
  throw new DomainError(
    "precondition",
    "NO_TRAINING_SET",
    `Version ${service.version} of the feature service ${service.id} has no training set. Create one: the report looks at its rows.`,
    { metadata: { featureService: service.id, version: String(service.version) } },
  );
}

const listed = (names: readonly string[]): string => (names.length === 0 ? "none" : names.join(", "));
