/** Tags in which MLflow's clients keep what runs, and the uses of data sets, have as fields here. */
export const MLFLOW_TAGS = {
  /** The title of a run. */
  runName: "mlflow.runName",
  /** The id of the run that a run is part of. */
  parentRun: "mlflow.parentRunId",
  /** Who started a run. */
  user: "mlflow.user",
  /** What a data set was used for. */
  dataContext: "mlflow.data.context",
  /** The models of a run, as clients before MLflow 3 write them. */
  modelHistory: "mlflow.log-model.history",
} as const;
