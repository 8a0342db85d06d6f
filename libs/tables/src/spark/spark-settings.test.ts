import { ConfigError, readConfig } from "@throughline/kernel";
import { expect, test } from "vitest";
import { locateIn } from "./shared-files.ts";
import { SPARK_SETTINGS, sparkPlan } from "./spark-settings.ts";

const FOLDERS = { exchangeDir: "/data/spark", filesDir: "/data/blobs" };
const HERE = "sc://127.0.0.1:15002";
const AWAY = "sc://spark.internal:15002/;token=open-sesame";

const planOf = (spark: string, projects = "", others: { readonly exchange?: string; readonly paths?: string } = {}) =>
  sparkPlan(
    readConfig(
      {
        THROUGHLINE_SPARK: spark,
        THROUGHLINE_SPARK_PROJECTS: projects,
        THROUGHLINE_SPARK_EXCHANGE: others.exchange,
        THROUGHLINE_SPARK_PATHS: others.paths,
      },
      SPARK_SETTINGS,
    ),
    FOLDERS,
  );

const problemsOf = (...settings: Parameters<typeof planOf>): readonly string[] => {
  try {
    planOf(...settings);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems;
  }
};

test("there is no Spark unless it is asked for", () => {
  expect(planOf("")).toBeUndefined();
});

test("Spark on this machine sees what the service sees", () => {
  const shared = [{ folder: "/", url: "file:/" }];
  expect(planOf(HERE, "a, B-2")).toEqual({ url: HERE, projects: ["a", "B-2"], exchangeDir: "/data/spark", shared });
});

test("Spark elsewhere sees what the operator says", () => {
  const paths = "/shared,/data/blobs=s3a://bucket/sha256/{name}";
  const plan = planOf(AWAY, "*", { exchange: "/shared/exchange", paths });
  expect(plan).toMatchObject({ projects: ["*"], exchangeDir: "/shared/exchange" });
  const locate = locateIn(plan?.shared ?? []);
  expect(["/shared/a/b", "/data/blobs/ab/cd/abcd", "/sharedother/a", "/data/online/x"].map(locate)).toEqual([
    "file:/shared/a/b",
    "s3a://bucket/sha256/abcd",
    undefined,
    undefined,
  ]);
});

test("the innermost folder says what a file is called there", () => {
  const locate = locateIn([
    { folder: "/a/", url: "file:/x/" },
    { folder: "/a/b", url: "hdfs://name/y" },
  ]);
  expect(["/a/c", "/a/b/c", "/b"].map(locate)).toEqual(["file:/x/c", "hdfs://name/y/c", undefined]);
});

const NONSENSE: readonly (readonly [string, Parameters<typeof planOf>, string])[] = [
  ["no project", [HERE], "no project uses it"],
  ["projects without Spark", ["", "a"], "THROUGHLINE_SPARK_PROJECTS is set, and THROUGHLINE_SPARK is not"],
  ["paths without Spark", ["", "", { paths: "/a" }], "THROUGHLINE_SPARK_PATHS is set, and THROUGHLINE_SPARK is not"],
  ["what is no project", [HERE, "a,projects/b"], '"projects/b" is no id'],
  ["all and some projects", [HERE, "*,a"], '"*" is no id'],
  ["an empty project", [HERE, "a,,b"], '"" is no id'],
  ["another protocol", ["http://spark:15002", "a"], "not of the form sc://"],
  ["an unknown parameter", ["sc://spark/;tokn=x", "a", { exchange: "/x", paths: "/" }], 'unknown parameter "tokn"'],
  ["a relative exchange folder", [HERE, "a", { exchange: "spark" }], "expected an absolute path"],
  ["a relative shared folder", [HERE, "a", { paths: "data=file:/x" }], "such as /data=file:/mnt/data"],
  ["a place that is no URL", [HERE, "a", { paths: "/data=/mnt" }], "such as /data=file:/mnt/data"],
  ["files that Spark elsewhere does not see", [AWAY, "a", { exchange: "/x" }], "finds the files in /data/blobs"],
  ["files that Spark here does not see", [HERE, "a", { paths: "/data/other" }], "finds the files in /data/blobs"],
  ["Spark elsewhere without a shared folder", [AWAY, "a", { paths: "/" }], "needs a folder that both share"],
];

test.each(NONSENSE)("%s is refused at the start", (_, settings, problem) => {
  expect(problemsOf(...settings)).toEqual([expect.stringContaining(problem)]);
});

test("all that is wrong is said at once, and no token with it", () => {
  const problems = problemsOf(AWAY);
  expect(problems).toHaveLength(3);
  expect(problems.join()).not.toContain("open-sesame");
  expect(problemsOf("spark/;token=open-sesame", "a").join()).not.toContain("open-sesame");
});
