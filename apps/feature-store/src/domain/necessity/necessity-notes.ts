interface NotedFacts {
  readonly rowCount: number;
  readonly sampledRowCount: number;
  readonly hasLabel: boolean;
  readonly isImportanceAsked: boolean;
  /** Rows for which the model predicts no number. */
  readonly leftOutRowCount: number;
  readonly hasDropCosts: boolean;
  readonly hasLinearReference: boolean;
  /** What is not known of readers and costs. */
  readonly more: readonly string[];
}

/** What a report does not know, and why. */
export function notesOf({ rowCount, sampledRowCount, leftOutRowCount, ...it }: NotedFacts): readonly string[] {
  return [
    ...(sampledRowCount < rowCount
      ? [`${sampledRowCount} of ${rowCount} rows were read, drawn by the seed: shares and duplicates are about these.`]
      : []),
    ...(it.hasLabel ? [] : ["The training set has no label, so nothing was compared with one."]),
    ...(it.isImportanceAsked
      ? []
      : ["It is not known how important the features are to a model: the request names none."]),
    ...(leftOutRowCount > 0
      ? [`The model predicts no number for ${leftOutRowCount} rows, which were left out of the importances.`]
      : []),
    it.hasDropCosts
      ? "What models lose that are trained without a feature is what the request says."
      : "What your model loses that is trained without a feature is not known: the platform does not train it. Measure it and send drop_costs.",
    ...(it.hasLabel && !it.hasLinearReference
      ? [
          "There is no linear reference: it takes 50 labelled rows, a label that changes, at most 100 classes or numbers up to 1e70, and features of at most 500 columns.",
        ]
      : []),
    ...it.more,
  ];
}
