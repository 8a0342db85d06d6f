import { expect, test } from "vitest";
import { openTelemetry } from "./telemetry.ts";

test("durations are told in the Prometheus text format, by series and bucket, beside other metrics", async () => {
  const telemetry = openTelemetry({ serviceName: "test" });
  const histogram = telemetry.durations({ name: "work_seconds", description: "Work.", boundaries: [0.1, 1] });
  const [slow, quick] = [histogram.series({ kind: "slow" }), histogram.series({ kind: "quick" })];
  histogram.series({ kind: "unused" });
  for (const it of [0.1, 0.5, 3]) slow.record(it);
  quick.record(0.05);
  telemetry.meter.createCounter("others").add(1);
  const lines = (await telemetry.prometheus()).split("\n").map((it) => it.replaceAll(/,?otel_scope_\w+="[^"]*"/g, ""));
  const told = lines.filter((it) => it.startsWith("work_seconds"));
  expect(told).toEqual([
    'work_seconds_count{kind="slow"} 3',
    'work_seconds_sum{kind="slow"} 3.6',
    'work_seconds_bucket{kind="slow",le="0.1"} 1',
    'work_seconds_bucket{kind="slow",le="1"} 2',
    'work_seconds_bucket{kind="slow",le="+Inf"} 3',
    'work_seconds_count{kind="quick"} 1',
    'work_seconds_sum{kind="quick"} 0.05',
    'work_seconds_bucket{kind="quick",le="0.1"} 1',
    'work_seconds_bucket{kind="quick",le="1"} 1',
    'work_seconds_bucket{kind="quick",le="+Inf"} 1',
  ]);
  expect(lines).toContain("# TYPE work_seconds histogram");
  expect(lines.some((it) => it.startsWith("others_total"))).toBe(true);
  await telemetry.close();
});
