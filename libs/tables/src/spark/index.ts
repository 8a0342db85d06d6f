export { openSparkProjects, type SparkProjects } from "./spark-projects.ts";
export { SPARK_SETTINGS } from "./spark-settings.ts";
