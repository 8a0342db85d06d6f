import type { Forgetting } from "./forgetting.ts";

/** What is to be said of the things of a kind, if there are any. */
const WORDS: readonly (readonly [kind: string, text: string])[] = [
  [
    "TRAINING_SET",
    "training set(s) and their spines still hold rows of the entity, or what was computed from them: remove their files, and make them anew.",
  ],
  ["MODEL", "model(s) were trained on the rows: train them anew."],
  ["RELEASE", "release(s) carry such models: promote others."],
  [
    "PREDICTION_LOG",
    "part(s) of prediction logs were exported: they hold what was served until somebody removes them.",
  ],
  [
    "PREDICTION",
    "prediction(s) are about the entity: the logs of their deployments hold it by its key until they expire.",
  ],
];

/** What was not looked at. */
export interface Unknown {
  /** True if nobody could be asked for predictions. */
  readonly arePredictionsUnknown: boolean;
  /** Names of sources that may have rows of the entity, though no view reads them for it. */
  readonly unreadSources: readonly string[];
  /** Names of views that read forgotten rows for other entities. */
  readonly viewsOfOthers: readonly string[];
}

/** What nobody but people can do, once everything else is done. */
export function remainingOf(
  { affected, loadedDigests }: Pick<Forgetting, "affected" | "loadedDigests">,
  { arePredictionsUnknown, unreadSources, viewsOfOthers }: Unknown,
): readonly string[] {
  const counted = WORDS.flatMap(([kind, text]) => {
    const count = affected.filter((it) => it.kind === kind).length;
    return count > 0 ? [`${count} ${text}`] : [];
  });
  const uploads = `${loadedDigests.length} uploaded file(s) still have the rows: whoever keeps them has to remove them, or upload others.`;
  const unknown =
    "It is not known which predictions are about the entity: the service was not told where the registry and the inference router are.";
  const unread = `No feature view reads ${unreadSources.join(", ")} for the entity, though there are columns of its keys: these rows were not looked at.`;
  const others = `${viewsOfOthers.join(", ")} read forgotten rows for other entities: predictions about those are not listed, though what was logged of them until now may have been computed of the rows.`;
  return [
    ...counted,
    ...(loadedDigests.length > 0 ? [uploads] : []),
    ...(arePredictionsUnknown ? [unknown] : []),
    ...(unreadSources.length > 0 ? [unread] : []),
    ...(viewsOfOthers.length > 0 ? [others] : []),
  ];
}
