export { openSparkProjects, type SparkProjects } from "./spark-projects.ts";
export { SPARK_SETTINGS, type SparkSettings } from "./spark-settings.ts";
